"""The tables of both databases, and how older ones become newer ones. A migration that has run is never edited."""

from sqlite_utils import Database, Migrations

ledger = Migrations("ledger")
reference = Migrations("reference")


@ledger()
def m0001_first(db: Database) -> None:
    """Entries and their chain, accounts folded from them, POS keys for ever, receipts, the spool."""
    _script(
        db,
        """
        CREATE TABLE identity (register TEXT NOT NULL, epoch INTEGER NOT NULL, previous_head BLOB NOT NULL);

        CREATE TABLE entry (
            epoch INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, member TEXT, rule_ms INTEGER NOT NULL,
            hash BLOB NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (epoch, seq)
        ) WITHOUT ROWID;
        CREATE INDEX entry_member ON entry (member, epoch, seq) WHERE member IS NOT NULL;

        CREATE TABLE answer (
            epoch INTEGER NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (epoch, seq)
        ) WITHOUT ROWID;

        CREATE TABLE pos_key (
            id BLOB PRIMARY KEY, body_hash BLOB NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
            summary TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE receipt (
            epoch INTEGER NOT NULL, seq INTEGER NOT NULL, key TEXT NOT NULL, client TEXT NOT NULL, member TEXT,
            card_masked TEXT, rule_ms INTEGER NOT NULL, pay INTEGER NOT NULL, decimals INTEGER NOT NULL,
            void_seq INTEGER, refunded INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (epoch, seq)
        ) WITHOUT ROWID;
        CREATE INDEX receipt_key ON receipt (key);

        CREATE TABLE reversal (
            original_epoch INTEGER NOT NULL, original_seq INTEGER NOT NULL,
            epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (original_epoch, original_seq, epoch, seq)
        ) WITHOUT ROWID;

        CREATE TABLE lot (
            id TEXT PRIMARY KEY, member TEXT NOT NULL, wallet TEXT NOT NULL,
            points INTEGER NOT NULL CHECK (points >= 0),
            active_from TEXT NOT NULL, expires_on TEXT
        ) WITHOUT ROWID;
        CREATE INDEX lot_member ON lot (member) WHERE points > 0;

        CREATE TABLE debt (
            member TEXT NOT NULL, wallet TEXT NOT NULL, points INTEGER NOT NULL CHECK (points >= 0),
            PRIMARY KEY (member, wallet)
        ) WITHOUT ROWID;

        CREATE TABLE tally (
            member TEXT PRIMARY KEY, spend INTEGER NOT NULL, visits INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE slip (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, receipt TEXT, copy_of INTEGER,
            queued_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
            document BLOB, bytes BLOB, bytes_hash BLOB NOT NULL, columns INTEGER NOT NULL,
            evidence TEXT, detail TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX slip_receipt ON slip (receipt);
        CREATE INDEX slip_waiting ON slip (state) WHERE state IN ('queued', 'claimed', 'sending', 'sent_unconfirmed');
        """,
    )


@reference()
def m0001_first_reference(db: Database) -> None:
    """Members and cards as they were imported, the catalogue, programmes, and which files they came from."""
    _script(
        db,
        """
        CREATE TABLE member (
            id TEXT PRIMARY KEY, status TEXT NOT NULL, tier TEXT, tier_since TEXT, registered_on TEXT, birthday TEXT,
            spend INTEGER NOT NULL DEFAULT 0, segments TEXT NOT NULL DEFAULT '[]', name_sealed BLOB
        ) WITHOUT ROWID;

        CREATE TABLE card (
            lookup BLOB PRIMARY KEY, member TEXT NOT NULL, status TEXT NOT NULL, tail TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX card_member ON card (member);

        CREATE TABLE product (
            sku TEXT PRIMARY KEY, name TEXT NOT NULL, category TEXT, attributes TEXT NOT NULL DEFAULT '{}'
        ) WITHOUT ROWID;

        CREATE TABLE programme (
            arrived INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, document BLOB NOT NULL
        );

        CREATE TABLE source (
            sha256 TEXT NOT NULL, kind TEXT NOT NULL, file TEXT NOT NULL, imported_ms INTEGER NOT NULL,
            rows INTEGER NOT NULL, refused INTEGER NOT NULL,
            PRIMARY KEY (kind, sha256)
        ) WITHOUT ROWID;
        """,
    )


def _script(db: Database, statements: str) -> None:
    # executescript() would commit the migration's own transaction first.
    for statement in statements.split(";"):
        if statement.strip():
            db.conn.execute(statement)
