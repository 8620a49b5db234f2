-- Reserved money: a hold takes an amount off what is left for a purpose and, where one is named, off the account that
-- will pay, until it is posted (paid), voided (released) or expires. Loaded by the first migration, after posting.sql.

-- `wanted` is {id, fund, account (null: no account in particular), purpose, amount, key, subject, placed_at, booked_at,
-- expires_at, accounts}.
-- Returns the hold's id; a key that is there already gives the old one. Refuses what is not there to be reserved.
CREATE FUNCTION ledger_place_hold(wanted jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    amount constant bigint := (wanted->>'amount')::bigint;
    money ledger_account%ROWTYPE;
    purpose ledger_account%ROWTYPE;
    old ledger_hold%ROWTYPE;
BEGIN
    IF amount < 1 THEN PERFORM ledger_refuse('hold_reserves'); END IF;
    PERFORM ledger_open(wanted);
    PERFORM 1 FROM transparency_head WHERE fund_id = (wanted->>'fund')::uuid FOR UPDATE;
    SELECT * INTO old FROM ledger_hold WHERE key = wanted->>'key';
    IF FOUND THEN
        IF old.amount_minor <> amount OR old.account_id IS DISTINCT FROM (wanted->>'account')::uuid
           OR old.purpose_id <> (wanted->>'purpose')::uuid THEN
            RAISE EXCEPTION 'ledger: hold % is placed otherwise', wanted->>'key'
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'transaction_key_conflict';
        END IF;
        RETURN old.id;
    END IF;
    SELECT * INTO money FROM ledger_account WHERE id = (wanted->>'account')::uuid;
    SELECT * INTO purpose FROM ledger_account WHERE id = (wanted->>'purpose')::uuid;
    IF purpose.fund_id IS DISTINCT FROM (wanted->>'fund')::uuid OR purpose.purse_id IS NULL
       OR (wanted->>'account') IS NOT NULL
          AND (money.fund_id = purpose.fund_id AND money.currency = purpose.currency AND money.code IN ('bank', 'cash'))
              IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: a hold reserves money of one fund and currency for one purpose'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account';
    END IF;
    IF money.id IS NOT NULL THEN
        UPDATE ledger_balance SET held_minor = held_minor + amount
         WHERE account_id = money.id AND amount_minor >= held_minor + amount;
        IF NOT FOUND THEN PERFORM ledger_refuse('account_never_negative'); END IF;
    END IF;
    UPDATE ledger_earmarkbalance SET held_minor = held_minor + amount
     WHERE id = purpose.purse_id AND available_minor >= held_minor + amount;
    IF NOT FOUND THEN PERFORM ledger_refuse('earmark_never_overdrawn'); END IF;
    INSERT INTO ledger_hold (id, fund_id, account_id, purpose_id, currency, amount_minor, key, subject_id, placed_at, expires_at)
    VALUES ((wanted->>'id')::uuid, purpose.fund_id, money.id, purpose.id, purpose.currency, amount, wanted->>'key',
            (wanted->>'subject')::uuid, (wanted->>'placed_at')::timestamptz, (wanted->>'expires_at')::timestamptz);
    RETURN (wanted->>'id')::uuid;
END $$;

-- Release a hold without paying: `state` is voided or expired. False when it had ended before.
CREATE FUNCTION ledger_release_hold(hold uuid, state text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_hold ledger_hold%ROWTYPE;
BEGIN
    SELECT * INTO found_hold FROM ledger_hold WHERE id = hold;
    IF NOT FOUND OR state NOT IN ('voided', 'expired') OR (state = 'expired' AND found_hold.expires_at > at) THEN
        RAISE EXCEPTION 'ledger: hold % cannot be %', hold, state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_release';
    END IF;
    PERFORM 1 FROM transparency_head WHERE fund_id = found_hold.fund_id FOR UPDATE;
    INSERT INTO ledger_holdend (hold_id, state, ended_at) VALUES (hold, state, at) ON CONFLICT (hold_id) DO NOTHING;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE ledger_balance SET held_minor = held_minor - found_hold.amount_minor WHERE account_id = found_hold.account_id;
    UPDATE ledger_earmarkbalance SET held_minor = held_minor - found_hold.amount_minor
     WHERE id = (SELECT purse_id FROM ledger_account WHERE id = found_hold.purpose_id);
    RETURN true;
END $$;

-- Called by ledger_post alone: the holds that its transactions use end as posted. A transaction may take less than was
-- reserved, never more, for the same purpose and from the same account where the hold names one; an expired hold pays
-- nothing.
CREATE FUNCTION ledger_use_holds(at timestamptz, ids uuid[], funds uuid[], holds uuid[], owners int[], places int[],
                                 amounts bigint[], accounts uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    used record;
BEGIN
    FOR used IN
        SELECT x.n, x.hold, x.id AS transaction_id, h.id, h.amount_minor, h.account_id, h.purpose_id, h.expires_at, c.purse_id,
               (SELECT -sum(l.m) FROM unnest(owners, places, amounts) AS l(n, p, m)
                 WHERE l.n = x.n AND accounts[l.p] = h.account_id) AS taken,
               (SELECT sum(l.m) FROM unnest(owners, places, amounts) AS l(n, p, m)
                 WHERE l.n = x.n AND accounts[l.p] = h.purpose_id) AS spent
          FROM unnest(ids, funds, holds) WITH ORDINALITY AS x(id, fund, hold, n)
          LEFT JOIN ledger_hold h ON h.id = x.hold AND h.fund_id = x.fund
          LEFT JOIN ledger_account c ON c.id = h.purpose_id
         WHERE x.hold IS NOT NULL
    LOOP
        IF used.id IS NULL OR used.expires_at <= at
           OR used.account_id IS NOT NULL AND used.taken IS DISTINCT FROM used.spent
           OR coalesce(used.spent, 0) NOT BETWEEN 1 AND used.amount_minor THEN
            RAISE EXCEPTION 'ledger: hold % does not cover transaction %', used.hold, used.transaction_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_covers';
        END IF;
        INSERT INTO ledger_holdend (hold_id, state, ended_at, transaction_id)
        VALUES (used.hold, 'posted', at, used.transaction_id) ON CONFLICT (hold_id) DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'ledger: hold % has ended', used.hold
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_covers';
        END IF;
        UPDATE ledger_balance SET held_minor = held_minor - used.amount_minor WHERE account_id = used.account_id;
        UPDATE ledger_earmarkbalance SET held_minor = held_minor - used.amount_minor WHERE id = used.purse_id;
    END LOOP;
END $$;
