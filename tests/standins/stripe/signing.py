"""The `Stripe-Signature` header.

HMAC-SHA256 over `<t>.<raw body>` with the endpoint's secret, in hexadecimal, as `t=<unix>,v1=<hex>`. The body must
NEVER be changed after it was signed.
"""

import hmac


def signature_header(body: bytes, secret: str, timestamp: int) -> str:
    """The header's value for this body at this moment (Unix seconds)."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return f"t={timestamp},v1={digest}"
