"""Stripe's error objects, one constructor per kind of refusal.

The shape is {"error": {"type", "message", "code"?, "param"?, "doc_url"?}}. A refusal must NEVER leave a
change behind: the transaction is rolled back. An `executed` one keeps what was done before it:
a failed try to pay.
"""

from .wire import Answer, Json, json_answer


class ApiError(Exception):
    """A request that Stripe refuses.

    `executed` tells whether the endpoint had begun its work: then the refusal is kept under the idempotency key and
    replayed. A refusal of the parameters is not kept.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.executed = executed
        self.headers = headers

    def payload(self) -> Json:
        """The error object as it goes over the wire."""
        error: Json = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}

    def answer(self) -> Answer:
        """The whole response."""
        return json_answer(self.status, self.payload(), self.headers)


def no_key() -> ApiError:
    """No key in the request at all."""
    return ApiError(
        401,
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        headers=(("WWW-Authenticate", 'Bearer realm="Stripe"'),),
    )


def wrong_key(key: str) -> ApiError:
    """A key that is not ours; all but its last four characters are hidden."""
    shown = "*" * max(len(key) - 4, 0) + key[-4:]
    return ApiError(401, f"Invalid API Key provided: {shown}", headers=(("WWW-Authenticate", 'Bearer realm="Stripe"'),))


def unknown_url(method: str, path: str) -> ApiError:
    """No such endpoint, or one that the stand-in does not speak."""
    return ApiError(404, f"Unrecognized request URL ({method}: {path}). The stand-in may not speak this endpoint.")


def missing_object(kind: str, object_id: str, param: str) -> ApiError:
    """The id names nothing."""
    return ApiError(404, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def unknown_parameter(path: str) -> ApiError:
    """A parameter that Stripe, or the stand-in, does not know."""
    return ApiError(400, f"Received unknown parameter: {path}", code="parameter_unknown", param=path)


def missing_parameter(path: str) -> ApiError:
    """A required parameter is absent."""
    return ApiError(400, f"Missing required param: {path}.", code="parameter_missing", param=path)


def empty_parameter(path: str) -> ApiError:
    """A parameter was sent as an empty string."""
    return ApiError(
        400,
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=path,
    )


def invalid(path: str, message: str, code: str | None = None) -> ApiError:
    """Any other refusal of one parameter's value."""
    return ApiError(400, message, code=code, param=path)


def not_spoken(path: str, what: str) -> ApiError:
    """Stripe can do this and the stand-in cannot yet; the message says which of the two refused."""
    return ApiError(400, f"The stand-in does not speak {what} yet.", code="stand_in_unsupported", param=path)


def key_in_use(key: str) -> ApiError:
    """Another request with this idempotency key is still running."""
    return ApiError(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {key}. Please try again later.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def key_reused(key: str, *, endpoints: tuple[str, str] | None = None) -> ApiError:
    """The idempotency key was used before with other parameters, or at another endpoint (first, now)."""
    where = (
        f"endpoint they were first used for ('{endpoints[0]}' vs '{endpoints[1]}')"
        if endpoints
        else ("parameters they were first used with")
    )
    return ApiError(
        400,
        f"Keys for idempotent requests can only be used {'for' if endpoints else 'with'} the same {where}. Try using a "
        f"key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )
