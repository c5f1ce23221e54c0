"""A folder that outlives the emulator: every acknowledged change is in it before the answer."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from .refusal import Refusal

FORMAT = 1
DATABASE = "aios.sqlite"
LOCK = "lock"
TABLES = {"documents", "facts"}
# A killed process loses nothing that SQLite has handed to the operating system; only a machine
# that loses power may lose the last moments (synchronous=NORMAL in WAL mode).
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT, number INTEGER, body TEXT NOT NULL, extra TEXT NOT NULL,
    PRIMARY KEY (kind, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (
    kind TEXT, name TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
"""


class DataFolderError(OSError):
    """A data folder cannot be used; the message says what to do."""


class Row(NamedTuple):
    """One stored document: its number in its collection, and what is remembered beside it."""

    number: int
    document: Any
    extra: Any


class DataStore:
    """What a world keeps on disk; one emulator at a time.

    Parameters
    ----------
    path
        The data folder; made if it is not there.

    Raises
    ------
    DataFolderError
        It cannot be written, another emulator uses it, it belongs to another version, or it
        holds something that is not this emulator's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.policies = path / "policies"
        self.incoming = path / "incoming"
        try:
            self.policies.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path / LOCK)
        except OSError as error:
            if isinstance(error, DataFolderError):
                raise
            raise DataFolderError(f"data folder {path} cannot be used: {error.strerror}") from error
        try:
            if not (path / DATABASE).exists():
                _refuse_foreign(self.policies, self.incoming)
            self._database = _opened(path / DATABASE)
            # Uploads that a kill cut off; from here on the folder is known to be an emulator's.
            shutil.rmtree(self.incoming, ignore_errors=True)
            self.incoming.mkdir()
        except (OSError, sqlite3.Error) as error:
            os.close(self._lock)
            if isinstance(error, DataFolderError):
                raise
            raise DataFolderError(f"data folder {path} cannot be used: {error}") from error

    @property
    def is_new(self) -> bool:
        """Whether nothing has been stored yet."""
        found = self._database.execute("SELECT EXISTS (SELECT 1 FROM documents)").fetchone()
        return not found[0]

    def put(self, kind: str, number: int, document: Any, extra: Any = None) -> None:
        """Store one document of a collection.

        Raises
        ------
        Refusal
            The disk is full or read-only; nothing is changed. So do all methods that write.
        """
        values = (kind, number, json.dumps(document), json.dumps(extra))
        self._write("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", *values)

    def drop(self, kind: str, number: int) -> None:
        self._write("DELETE FROM documents WHERE kind = ? AND number = ?", kind, number)

    def drop_all(self, kind: str) -> None:
        self._write("DELETE FROM documents WHERE kind = ?", kind)

    def documents(self, kind: str) -> list[Row]:
        """Return the documents of one collection in the order of their numbers."""
        query = "SELECT number, body, extra FROM documents WHERE kind = ? ORDER BY number"
        rows = self._database.execute(query, (kind,))
        return [Row(number, json.loads(body), json.loads(extra)) for number, body, extra in rows]

    def put_fact(self, kind: str, name: str, value: Any) -> None:
        """Store one value by name."""
        query = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?)"
        self._write(query, kind, name, json.dumps(value))

    def drop_facts(self, kind: str) -> None:
        self._write("DELETE FROM facts WHERE kind = ?", kind)

    def facts(self, kind: str) -> dict[str, Any]:
        """Return all values of one kind, by name, oldest first."""
        query = "SELECT name, body FROM facts WHERE kind = ?"
        rows = self._database.execute(query, (kind,))
        return {name: json.loads(body) for name, body in rows}

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Store all changes made inside, or none of them."""
        self._write("BEGIN IMMEDIATE")
        try:
            yield
            self._write("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Let the next emulator in; closing twice does no harm."""
        if self._lock < 0:
            return
        self._database.close()
        shutil.rmtree(self.incoming, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1

    def _write(self, statement: str, *values: Any) -> None:
        try:
            self._database.execute(statement, values)
        except sqlite3.Error as error:
            text = f"data folder {self.path}: {error}; nothing was changed"
            raise Refusal(text) from error


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise DataFolderError(
            f"data folder {path.parent} is in use by another emulator; stop it, or name another"
        ) from error
    return handle


def _refuse_foreign(*folders: Path) -> None:
    """Refuse folders of somebody else that are called as ours: what is in them would be removed."""
    for folder in folders:
        if folder.is_symlink() or (folder.exists() and any(folder.iterdir())):
            raise DataFolderError(
                f"data folder {folder.parent} holds {folder.name!r}, which is no emulator's; "
                "name a new folder, or an empty one"
            )


def _opened(path: Path) -> sqlite3.Connection:
    # Autocommit: each statement is durable when it returns. Only the event loop writes.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, FORMAT):
            raise DataFolderError(
                f"data folder {path.parent} has format {version}, this emulator writes {FORMAT}; "
                "take the version of aios-nb that wrote it, or name another folder"
            )
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if foreign := {name for (name,) in found} - TABLES:
            raise DataFolderError(
                f"data folder {path.parent} holds a database with {min(foreign)!r} in it, which is "
                "no emulator's; name a new folder, or an empty one"
            )
        database.executescript(SCHEMA)
        database.execute(f"PRAGMA user_version = {FORMAT}")
    except BaseException:
        database.close()
        raise
    return database
