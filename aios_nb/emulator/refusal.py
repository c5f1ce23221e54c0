"""How the engine says no: one exception that carries AIOS's own words."""


class Refusal(Exception):  # noqa: N818 - AIOS refuses; nothing here is in error
    """AIOS would fail here, and this is the text it would show.

    Raised by ``engine/`` and ``services/`` for every failure that AIOS has; each service turns it
    into its own error shape (see ``app.py``). Any other exception is a bug of the emulator.

    Parameters
    ----------
    text
        The message as AIOS words it.
    status
        HTTP status, where the service does not fix it for all failures (``None``: it does).
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


def need(document: dict[str, object], *keys: str) -> None:
    """Refuse, in Python's words for a missing dict key, a document that lacks one of ``keys``.

    AIOS's handlers index dicts and print the KeyError (contract §4): ``'session_id'``.
    """
    for key in keys:
        if key not in document:
            raise Refusal(f"'{key}'")
