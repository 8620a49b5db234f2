-- The one way into the ledger: ledger_post. Loaded by the first migration, after rules.sql; what it is called with stands
-- in batch.sql (up to 500 transactions) and single.sql (one that needs nothing special). Both check what rules.sql checks
-- of other writers while they compute; that each transaction sums to zero is checked again, by a trigger.

-- Refuses by the name of a broken rule; NULL, no rule broken, costs nothing.
CREATE FUNCTION ledger_refuse(rule text) RETURNS bigint LANGUAGE plpgsql STRICT AS $$
BEGIN
    RAISE EXCEPTION 'ledger: refused (%)', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

-- Commitments to personal fields as canonical JSON: plain names, each with the base64 of 32 bytes, and nothing else.
CREATE FUNCTION ledger_commitments(told jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF (SELECT bool_and(e.key ~ '^[a-z_]{1,40}$' AND jsonb_typeof(e.value) = 'string'
                        AND e.value #>> '{}' ~ '^[A-Za-z0-9+/]{43}=$') FROM jsonb_each(told) e) IS NOT TRUE THEN
        PERFORM ledger_refuse('entry_commitments');
    END IF;
    RETURN (SELECT '{' || string_agg('"' || e.key || '":"' || e.value || '"', ',' ORDER BY e.key COLLATE "C") || '}'
              FROM jsonb_each_text(told) e);
END $$;

-- The identifier of an account follows from its meaning, so that nobody can take the place of another one.
CREATE FUNCTION ledger_account_id(fund uuid, code text, currency text, earmark uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(substring(sha256(convert_to(concat(fund, '/', code, '/', currency, '/', earmark), 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- Open the accounts of `batch` that are not there yet, with the balance rows and the head that they need.
CREATE FUNCTION ledger_open(batch jsonb) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    begun record;
    town_log int;
BEGIN
    -- Accounts of one fund are opened in turn, funds in one order: two batches that open the same never wait for each other.
    FOR begun IN
        SELECT f.id, t.slug FROM ledger_fund f JOIN towns_town t ON t.id = f.town_id
         WHERE f.id IN (SELECT x.fund FROM jsonb_to_recordset(batch->'accounts') AS x(fund uuid)) ORDER BY f.id
    LOOP
        town_log := transparency_open(begun.slug, (batch->>'booked_at')::timestamptz);
        UPDATE transparency_head h SET fund_id = begun.id WHERE h.log_id = town_log;
    END LOOP;
    INSERT INTO ledger_earmarkbalance (fund_id, earmark_id, currency, available_minor, held_minor)
    SELECT DISTINCT x.fund, x.earmark, x.currency, 0, 0
      FROM jsonb_to_recordset(batch->'accounts') AS x(fund uuid, earmark uuid, currency text, code text)
      LEFT JOIN ledger_earmark m ON m.id = x.earmark
     WHERE x.code IN ('gifts', 'moved', 'fees', 'spending', 'opening') AND (x.earmark IS NULL OR m.fund_id = x.fund)
    ON CONFLICT ON CONSTRAINT earmark_balance_once DO NOTHING;
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(batch->'accounts') AS x(currency text)
                WHERE ledger_currency_known(x.currency) IS NOT TRUE) THEN
        PERFORM ledger_refuse('entry_currency_known');
    END IF;
    INSERT INTO ledger_account (id, fund_id, code, type, currency, earmark_id, never_negative, purse_id)
    SELECT x.id, x.fund, x.code, x.type, x.currency, x.earmark, x.never_negative, k.id
      FROM jsonb_to_recordset(batch->'accounts')
           AS x(id uuid, fund uuid, code text, type text, currency text, earmark uuid, never_negative boolean)
      LEFT JOIN ledger_earmark m ON m.id = x.earmark
      LEFT JOIN ledger_earmarkbalance k ON k.fund_id = x.fund AND k.earmark_id IS NOT DISTINCT FROM x.earmark
            AND k.currency = x.currency AND x.code IN ('gifts', 'moved', 'fees', 'spending', 'opening')
     WHERE x.earmark IS NULL OR m.fund_id = x.fund
    ON CONFLICT (id) DO NOTHING;
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(batch->'accounts')
                    AS x(id uuid, fund uuid, code text, currency text, earmark uuid)
                WHERE x.id IS DISTINCT FROM ledger_account_id(x.fund, x.code, x.currency, x.earmark)) THEN
        PERFORM ledger_refuse('entry_account');
    END IF;
    INSERT INTO ledger_balance (account_id, amount_minor, held_minor, guarded)
    SELECT c.id, 0, 0, c.never_negative
      FROM jsonb_to_recordset(batch->'accounts') AS x(id uuid) JOIN ledger_account c ON c.id = x.id
    ON CONFLICT (account_id) DO NOTHING;
END $$;

-- What follows is written into the statements that ask it, where it costs nothing: PostgreSQL does that with functions in
-- SQL whose body is no less stable than they say they are.

-- The last day on which what is booked at a moment can have happened, NULL for a moment that nobody's clock shows. One day
-- of grace: the processor's clock is not ours.
CREATE FUNCTION ledger_last_day(moment timestamptz) RETURNS date LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN moment < clock_timestamp() + interval '366 days' THEN (moment AT TIME ZONE 'Asia/Almaty')::date + 1 END
$$;

-- The rule that a transaction breaks, NULL for none.
CREATE FUNCTION ledger_transaction_fault(kind text, day date, last_day date, closed date, reverses uuid, subject uuid)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN day <= closed THEN 'period_is_closed'
        WHEN (kind = 'reversal') = (reverses IS NULL) THEN 'transaction_reversal'
        WHEN (day BETWEEN '1990-01-01' AND last_day) IS NOT TRUE THEN 'transaction_has_happened'
        -- What undoes a gift names it.
        WHEN subject IS NULL AND kind IN ('refund', 'dispute', 'dispute_won') THEN 'transaction_subject'
    END
$$;

-- The rule that a line breaks by itself, NULL for none.
CREATE FUNCTION ledger_line_misplaced(kind text, code text, amount bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        -- Browsers read these numbers too, and count exactly up to 2^53 alone.
        WHEN amount = 0 OR abs(amount) > 9007199254740991 THEN 'entry_amount'
        WHEN NOT ledger_may_touch(kind, code, amount > 0) THEN 'transaction_kind_accounts'
    END
$$;

-- The rule that it breaks by what it leaves. `after` is the account's balance with it, `held` what is reserved of that.
CREATE FUNCTION ledger_line_uncovered(kind text, code text, amount bigint, after bigint, guarded boolean, held bigint)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN after IS NULL THEN 'entry_account' -- it is named twice, and its balance is taken once
        WHEN abs(after) > 9007199254740991 THEN 'entry_amount'
        WHEN guarded AND after < CASE WHEN amount < 0 THEN held ELSE 0 END THEN 'account_never_negative'
        -- No more arrives at the bank than the processor holds: money is not made by moving it.
        WHEN after < 0 AND kind = 'payout' AND code IN ('stripe', 'transit') THEN 'payout_is_held'
    END
$$;

-- Whether what is left for a purpose may not fall below what is reserved of it. Money without a purpose may, except
-- that it is not given away.
CREATE FUNCTION ledger_purse_guarded(kind text, earmark uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT earmark IS NOT NULL OR kind IN ('redesignation', 'cover')
$$;

-- The canonical bytes (RFC 8785) of a transaction, as the town's log keeps them. Strings are
-- escaped by to_json, which escapes as RFC 8785 does; numbers are integers below 2^53. Every function that an expression
-- names has to be looked up anew for each posting, so there are few: that costs more than the text itself.
-- A line's text is kept with its account (rules.sql).
CREATE FUNCTION ledger_moment_said(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE INTERVAL '0', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
-- What most transactions do not have, each NULL or with the comma that follows it.
CREATE FUNCTION ledger_member_said(name text, said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '"' || name || '":' || said || ','
$$;
CREATE FUNCTION ledger_transaction_said(moment text, commitments text, day date, entries text, slug text, id uuid,
                                        kind text, memo text, reverses text, seq bigint, subject text) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT convert_to(format(
        '{"at":"%s",%s"date":%s,"entries":[%s],"fund":"%s","id":"%s","kind":"%s","memo":%s,%s"seq":%s,%s"type":"transaction","v":1}',
        moment, commitments, to_json(day), entries, slug, id, kind, to_json(memo), reverses, seq, subject), 'UTF8')
$$;
