"""The rules of money that no code may break, and the platform's own accounts."""

from alembic import op

revision = "0002"
down_revision = "0001"

PLATFORM_ACCOUNTS = ("revenue", "grants", "promotions", "breakage", "purchases")

NEVER_CHANGED = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER entries_never_changed BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_never_changed BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_never_changed BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

SUMS_TO_ZERO = """
CREATE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sides integer; total numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0) INTO sides, total FROM entries WHERE transfer_id = NEW.transfer_id;
    IF sides <> 2 OR total <> 0 THEN
        RAISE EXCEPTION 'transfer % has % entries that sum to %', NEW.transfer_id, sides, total
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entries_sum_to_zero AFTER INSERT ON entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_imbalance();
"""


def upgrade() -> None:
    op.execute(NEVER_CHANGED)
    op.execute(SUMS_TO_ZERO)
    for name in PLATFORM_ACCOUNTS:
        op.execute(f"INSERT INTO accounts (id, kind, name) VALUES ('acc_{name}', 'platform', '{name}')")


def downgrade() -> None:
    op.execute("DROP TRIGGER entries_sum_to_zero ON entries; DROP FUNCTION refuse_imbalance()")
    for table, trigger in (("entries", "entries"), ("transfers", "transfers"), ("audit_log", "audit")):
        op.execute(f"DROP TRIGGER {trigger}_never_changed ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DELETE FROM accounts WHERE kind = 'platform'")
