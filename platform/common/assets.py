"""Static files under names that hold their hash, so that browsers keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """As WhiteNoise's own, and modules that import each other name each other's hashed files too."""

    support_js_module_import_aggregation = True
