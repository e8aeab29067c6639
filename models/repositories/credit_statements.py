"""The statements of the ledger that do several things at once, so that a job costs few round trips."""

from sqlalchemy import text

SET_ASIDE = text(
    """
    WITH taken AS (
        UPDATE accounts SET held = held + :amount WHERE id = :account AND balance - held >= :amount RETURNING id
    )
    INSERT INTO holds (id, account_id, amount) SELECT :hold, id, :amount FROM taken RETURNING id
    """
)

# A statement of its own, after the account is locked: it must see the grants as whoever was waited for left them.
SPEND = text(
    """
    WITH spendable AS (
        SELECT id, remaining, expires_at, priority FROM grants
        WHERE account_id = :account AND remaining > 0 AND (expires_at IS NULL OR expires_at > now())
        FOR UPDATE
    ), ordered AS (
        SELECT id, remaining,
               sum(remaining) OVER (ORDER BY expires_at NULLS LAST, priority, id) - remaining AS before
        FROM spendable
    ), parts AS (
        SELECT id, least(remaining, :amount - before) AS amount FROM ordered WHERE before < :amount
    ), spent AS (
        UPDATE grants SET remaining = grants.remaining - parts.amount FROM parts WHERE grants.id = parts.id
    ), noted AS (
        INSERT INTO hold_grants (hold_id, grant_id, amount) SELECT :hold, id, amount FROM parts RETURNING amount
    )
    SELECT coalesce(sum(amount), 0) FROM noted
    """
)

# The account is locked. What a hold took from grants goes over in the order in which grants are spent.
CARVE = text(
    """
    WITH ordered AS (
        SELECT hold_grants.grant_id, hold_grants.amount,
               sum(hold_grants.amount) OVER (ORDER BY expires_at NULLS LAST, priority, grants.id) - hold_grants.amount
               AS before
        FROM hold_grants JOIN grants ON grants.id = hold_grants.grant_id WHERE hold_id = :parent
    ), parts AS (
        SELECT grant_id, least(amount, :amount - before) AS amount FROM ordered WHERE before < :amount
    ), taken AS (
        UPDATE hold_grants SET amount = hold_grants.amount - parts.amount FROM parts
        WHERE hold_id = :parent AND hold_grants.grant_id = parts.grant_id
    ), given AS (
        INSERT INTO hold_grants (hold_id, grant_id, amount) SELECT :child, grant_id, amount FROM parts
        ON CONFLICT (hold_id, grant_id) DO UPDATE SET amount = hold_grants.amount + excluded.amount
    )
    UPDATE holds SET amount = amount + CASE WHEN id = :child THEN :amount ELSE -:amount END
    WHERE id IN (:parent, :child)
    """
)

# The account and the hold are locked. ``ids`` and ``amounts`` are the charges that were not made before.
CHARGED = text(
    """
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:amounts AS bigint[])) AS wanted (id, amount)
    ), made AS (
        INSERT INTO transfers (id, kind, reference)
        SELECT id, :kind, split_part(id, ':', 2) FROM wanted ON CONFLICT DO NOTHING RETURNING id
    ), entered AS (
        INSERT INTO entries (transfer_id, account_id, amount)
        SELECT made.id, side.account_id, side.sign * wanted.amount FROM made JOIN wanted ON wanted.id = made.id,
            (VALUES (:giver, -1), (:taker, 1)) AS side (account_id, sign)
        RETURNING amount
    )
    SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0) FROM entered
    """
)

# The account is locked. What is charged leaves the hold, its parts of grants in the order in which they are spent.
TAKE = text(
    """
    WITH ordered AS (
        SELECT hold_grants.grant_id, hold_grants.amount,
               sum(hold_grants.amount) OVER (ORDER BY expires_at NULLS LAST, priority, grants.id) - hold_grants.amount
               AS before
        FROM hold_grants JOIN grants ON grants.id = hold_grants.grant_id WHERE hold_id = :hold
    ), taken AS (
        UPDATE hold_grants SET amount = hold_grants.amount - least(ordered.amount, :amount - before) FROM ordered
        WHERE hold_id = :hold AND hold_grants.grant_id = ordered.grant_id AND before < :amount
    ), left_over AS (
        UPDATE holds SET amount = amount - :amount WHERE id = :hold RETURNING account_id
    )
    UPDATE accounts SET balance = balance - :amount, held = held - :amount FROM left_over
    WHERE accounts.id = left_over.account_id
    """
)

# Locks the account before the hold, as everybody does.
END_HOLD = text(
    """
    WITH locked AS (
        SELECT id FROM accounts WHERE id = (SELECT account_id FROM holds WHERE id = :hold) FOR UPDATE
    ), ended AS (
        UPDATE holds SET state = :state, posted = :used, ended_at = now() FROM locked
        WHERE holds.id = :hold AND holds.account_id = locked.id AND holds.state = 'open'
        RETURNING holds.account_id, holds.amount
    )
    UPDATE accounts SET balance = balance - :used, held = held - ended.amount FROM ended
    WHERE accounts.id = ended.account_id
    RETURNING ended.account_id, ended.amount
    """
)

TRANSFER = text(
    """
    WITH made AS (
        INSERT INTO transfers (id, kind, reference, details)
        VALUES (:id, :kind, :reference, CAST(:details AS jsonb))
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO entries (transfer_id, account_id, amount)
    SELECT made.id, side.account_id, side.amount FROM made,
        (VALUES (:giver, CAST(-:amount AS bigint)), (:taker, CAST(:amount AS bigint))) AS side (account_id, amount)
    RETURNING transfer_id
    """
)
