-- The one way into the ledger: ledger_post. Loaded by the first migration, after rules.sql.
-- Everything of a call is one statement, so that 500 transactions cost little more than one. It checks what rules.sql
-- checks of other writers while it computes; that each transaction sums to zero is checked again, by a trigger.

CREATE FUNCTION ledger_refuse(rule text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: refused (%)', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

-- Commitments to personal fields as canonical JSON: plain names, each with the base64 of 32 bytes, and nothing else.
CREATE FUNCTION ledger_commitments(told jsonb) RETURNS text LANGUAGE plpgsql STRICT AS $$
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
BEGIN
    INSERT INTO ledger_head (fund_id, seq, log_id, booked_at, closed_through)
    SELECT f.id, 0, transparency_open(t.slug, (batch->>'booked_at')::timestamptz), '1990-01-01 00:00Z', '1989-12-31'
      FROM ledger_fund f JOIN towns_town t ON t.id = f.town_id
     WHERE f.id IN (SELECT x.fund FROM jsonb_to_recordset(batch->'accounts') AS x(fund uuid))
           AND NOT EXISTS (SELECT 1 FROM ledger_head h WHERE h.fund_id = f.id)
     ORDER BY f.id
    ON CONFLICT (fund_id) DO NOTHING;
    -- Accounts of one fund are opened in turn too: two batches that open the same ones never wait for each other.
    PERFORM 1 FROM ledger_head h JOIN transparency_head g ON g.log_id = h.log_id
      WHERE h.fund_id IN (SELECT x.fund FROM jsonb_to_recordset(batch->'accounts') AS x(fund uuid))
      ORDER BY h.fund_id FOR UPDATE;
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

-- `batch` is {booked_at,
--   transactions: [{n, id, fund, kind, date, late, key, memo, subject, reverses, hold, commitments, lines}],
--   lines: [{n: of the transaction, i: 1..lines, a: account, m: amount}],
--   accounts: [{id, fund, code, type, currency, earmark, never_negative}]  (opened when they are not there yet)}.
-- Returns one row per transaction: (key, id, seq, log_index, created). A key that is booked already gives the old row
-- with created = false, and is refused when its entries differ.
CREATE FUNCTION ledger_post(batch jsonb)
RETURNS TABLE (key text, id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
    booked constant timestamptz := (batch->>'booked_at')::timestamptz;
    asked constant bigint := jsonb_array_length(batch->'transactions');
    done bigint;
    torn boolean;
    again boolean;
    holding boolean;
    writer text;
BEGIN
    IF coalesce(asked, 0) = 0 THEN
        RAISE EXCEPTION 'ledger: a batch holds at least one transaction' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT 1 FROM jsonb_to_recordset(batch->'accounts') AS x(id uuid)
                WHERE NOT EXISTS (SELECT 1 FROM ledger_account c WHERE c.id = x.id)) THEN
        PERFORM ledger_open(batch);
    END IF;

    -- Postings of one fund take turns from here to commit: that is what makes seq and the log's index gap-free, keys
    -- unique and balances true. Funds in one order, so that two batches never wait for each other.
    PERFORM 1 FROM ledger_head h JOIN transparency_head g ON g.log_id = h.log_id
      WHERE h.fund_id = ANY (ARRAY(SELECT x.fund FROM jsonb_to_recordset(batch->'transactions') AS x(fund uuid)))
      ORDER BY h.fund_id FOR UPDATE;

    SELECT count(DISTINCT x.n) <> asked, bool_or(x.hold IS NOT NULL),
           bool_or(EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.key = x.key))
      INTO torn, holding, again FROM jsonb_to_recordset(batch->'transactions') AS x(n int, key text, hold uuid);
    IF torn THEN
        RAISE EXCEPTION 'ledger: two transactions of a batch have one number' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF again THEN
        RETURN QUERY SELECT * FROM ledger_post_again(batch);
        RETURN;
    END IF;
    IF holding THEN
        PERFORM ledger_use_holds(batch, booked);
    END IF;

    writer := set_config('asar.booking', 'ledger_post', true);
    RETURN QUERY
    WITH tx AS MATERIALIZED (
        SELECT x.*, h.log_id, h.closed_through, g.slug, greatest(booked, h.booked_at) AS moment,
               CASE WHEN x.late THEN greatest(x.date, h.closed_through + 1) ELSE x.date END AS day,
               h.seq + row_number() OVER turn AS seq, s.size - 1 + row_number() OVER turn AS log_index
          FROM jsonb_to_recordset(batch->'transactions')
               AS x(n int, id uuid, fund uuid, kind text, date date, key text, memo text, subject uuid, reverses uuid,
                    commitments jsonb, lines smallint, late boolean)
          JOIN ledger_head h ON h.fund_id = x.fund JOIN transparency_head s ON s.log_id = h.log_id
          JOIN transparency_log g ON g.id = h.log_id
        WINDOW turn AS (PARTITION BY x.fund ORDER BY x.n)
    ), line AS MATERIALIZED (
        SELECT l.n, l.i, l.a, l.m, t.id AS transaction_id, t.kind, c.code, c.currency, c.earmark_id, c.purse_id,
               c.never_negative, b.held_minor, c.fund_id = t.fund AS ours,
               -- balance_after of each line: the account's balance plus all lines of this batch up to it
               (b.amount_minor + sum(l.m) OVER (PARTITION BY l.a ORDER BY l.n, l.i))::bigint AS after,
               k.held_minor AS purse_held,
               -- what is left for the purpose when the whole transaction is booked (the frame holds all its lines)
               k.available_minor - sum(l.m) OVER (PARTITION BY c.purse_id ORDER BY l.n) AS purse_after
          FROM jsonb_to_recordset(batch->'lines') AS l(n int, i smallint, a uuid, m bigint)
          JOIN tx t ON t.n = l.n LEFT JOIN ledger_account c ON c.id = l.a LEFT JOIN ledger_balance b ON b.account_id = l.a
          LEFT JOIN ledger_earmarkbalance k ON k.id = c.purse_id
    ), whole AS (
        SELECT l.n, count(*) AS lines, min(l.i) AS first, max(l.i) AS last
               -- log:begin
               , string_agg(concat('{"account":"', l.code, '","after":', l.after, ',"amount":', l.m, ',"currency":"',
                                   l.currency, '","project":"' || l.earmark_id::text, '"}'), ',' ORDER BY l.i) AS entries
               -- log:end
          FROM line l GROUP BY l.n
    ), transactions AS (
        INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, subject_id,
                                        reverses_id, lines, log_index)
        SELECT t.id, t.fund, t.seq, t.kind, t.day, t.moment, t.key, coalesce(t.memo, ''), t.subject, t.reverses,
               CASE WHEN (w.lines = t.lines AND w.first = 1 AND w.last = t.lines AND t.lines BETWEEN 2 AND 200) IS NOT TRUE
                    THEN ledger_refuse('transaction_written_whole')
                    WHEN t.day <= t.closed_through THEN ledger_refuse('period_is_closed')
                    WHEN (t.kind = 'reversal') = (t.reverses IS NULL) THEN ledger_refuse('transaction_reversal')
                    -- One day of grace: the processor's clock is not ours.
                    WHEN (t.day BETWEEN '1990-01-01' AND (t.moment AT TIME ZONE 'Asia/Almaty')::date + 1
                          AND t.moment < clock_timestamp() + interval '366 days') IS NOT TRUE
                    THEN ledger_refuse('transaction_has_happened')
                    -- What undoes a gift names it.
                    WHEN t.subject IS NULL AND t.kind IN ('refund', 'dispute', 'dispute_won')
                    THEN ledger_refuse('transaction_subject')
                    ELSE t.lines END,
               t.log_index
          FROM tx t LEFT JOIN whole w ON w.n = t.n ORDER BY t.n
    ), entries AS (
        INSERT INTO ledger_entry (transaction_id, line, account_id, currency, amount_minor, balance_after)
        SELECT l.transaction_id, l.i, l.a, l.currency,
               CASE WHEN l.ours IS NOT TRUE THEN ledger_refuse('entry_account')
                    -- Browsers read these numbers too, and count exactly up to 2^53 alone.
                    WHEN l.m = 0 OR greatest(abs(l.m), abs(l.after)) > 9007199254740991 THEN ledger_refuse('entry_amount')
                    WHEN NOT ledger_may_touch(l.kind, l.code, l.m > 0) THEN ledger_refuse('transaction_kind_accounts')
                    WHEN l.never_negative AND l.after < CASE WHEN l.m < 0 THEN l.held_minor ELSE 0 END
                    THEN ledger_refuse('account_never_negative')
                    -- No more arrives at the bank than the processor holds: money is not made by moving it.
                    WHEN l.after < 0 AND l.kind = 'payout' AND l.code IN ('stripe', 'transit') THEN ledger_refuse('payout_is_held')
                    WHEN l.m > 0 AND l.purse_after < l.purse_held
                         AND (l.earmark_id IS NOT NULL OR l.kind IN ('redesignation', 'cover'))
                    THEN ledger_refuse('earmark_never_overdrawn')
                    ELSE l.m END, l.after
          FROM line l ORDER BY l.n, l.i
    ), balances AS (
        UPDATE ledger_balance b SET amount_minor = b.amount_minor + s.total
          FROM (SELECT a, sum(m) AS total FROM line GROUP BY a) s WHERE b.account_id = s.a
    ), purses AS (
        UPDATE ledger_earmarkbalance k SET available_minor = k.available_minor - s.total
          FROM (SELECT purse_id, sum(m) AS total FROM line WHERE purse_id IS NOT NULL GROUP BY purse_id) s
         WHERE k.id = s.purse_id
    ), heads AS (
        UPDATE ledger_head h SET seq = s.seq, booked_at = s.moment
          FROM (SELECT fund, max(seq) AS seq, max(moment) AS moment FROM tx GROUP BY fund) s WHERE h.fund_id = s.fund
    -- log:begin
    -- The canonical bytes (RFC 8785) of each transaction, appended to the town's log in this very statement. Strings
    -- are escaped by to_json, which escapes as RFC 8785 does; numbers are integers below 2^53.
    ), logged AS (
        INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
        SELECT t.log_id, t.log_index, 'transaction', t.moment, convert_to(concat(
                   '{"at":"', to_char(t.moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                   '","commitments":' || ledger_commitments(t.commitments) || ',"date":"', CASE WHEN t.commitments IS NULL THEN '","date":"' END,
                   to_char(t.day, 'YYYY-MM-DD'), '","entries":[', w.entries, '],"fund":"', t.slug, '","id":"', t.id,
                   '","kind":"', t.kind, '","memo":', to_json(coalesce(t.memo, '')),
                   ',"reverses":' || CASE WHEN t.reverses IS NOT NULL THEN coalesce(
                       (SELECT r.seq FROM ledger_transaction r WHERE r.id = t.reverses), ledger_refuse('reversal_mirrors')) END::text,
                   ',"seq":', t.seq, ',"subject":"' || t.subject::text || '"', ',"type":"transaction","v":1}'), 'UTF8')
          FROM tx t JOIN whole w ON w.n = t.n ORDER BY t.n
    ), grown AS (
        UPDATE transparency_head h SET size = s.size
          FROM (SELECT log_id, max(log_index) + 1 AS size FROM tx GROUP BY log_id) s WHERE h.log_id = s.log_id
    -- log:end
    )
    SELECT t.key, t.id, t.seq, t.log_index, true FROM tx t ORDER BY t.n;
    GET DIAGNOSTICS done = ROW_COUNT;
    writer := set_config('asar.booking', '', true);
    IF done <> asked THEN
        RAISE EXCEPTION 'ledger: % of % transactions name a fund without accounts', asked - done, asked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account';
    END IF;
END $$;

-- The rare way: some keys of `batch` are booked already. They must say the same; the others are booked now.
CREATE FUNCTION ledger_post_again(batch jsonb)
RETURNS TABLE (key text, id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    bad text;
    fresh jsonb;
BEGIN
    SELECT t.key INTO bad
      FROM jsonb_to_recordset(batch->'transactions') AS x(n int, key text, fund uuid)
      JOIN ledger_transaction t ON t.key = x.key
     WHERE t.fund_id <> x.fund
        OR (SELECT array_agg((e.account_id, e.amount_minor) ORDER BY e.account_id, e.amount_minor)
              FROM ledger_entry e WHERE e.transaction_id = t.id)
           IS DISTINCT FROM
           (SELECT array_agg((l.a, l.m) ORDER BY l.a, l.m)
              FROM jsonb_to_recordset(batch->'lines') AS l(n int, a uuid, m bigint) WHERE l.n = x.n) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: key % is booked with other entries', bad
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'transaction_key_conflict';
    END IF;
    RETURN QUERY SELECT t.key::text, t.id, t.seq, t.log_index, false
      FROM jsonb_to_recordset(batch->'transactions') AS x(n int, key text)
      JOIN ledger_transaction t ON t.key = x.key ORDER BY x.n;
    SELECT jsonb_set(batch, '{transactions}', jsonb_agg(item ORDER BY place)) INTO fresh
      FROM jsonb_array_elements(batch->'transactions') WITH ORDINALITY AS r(item, place)
     WHERE NOT EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.key = item->>'key');
    IF fresh IS NOT NULL THEN
        RETURN QUERY SELECT * FROM ledger_post(fresh);
    END IF;
END $$;
