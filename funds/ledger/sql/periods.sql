-- Closing a period: from then on nothing can be dated in it, and its trial balance stands in the town's log.
-- Loaded by the first migration, after posting.sql.

-- The trial balance of a fund: every account's sum of entries dated up to `ends`.
CREATE FUNCTION ledger_trial(fund uuid, ends date)
RETURNS TABLE (account_id uuid, code text, currency text, earmark_id uuid, balance bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT c.id, c.code, c.currency, c.earmark_id, sum(e.amount_minor)::bigint
      FROM ledger_account c JOIN ledger_entry e ON e.account_id = c.id JOIN ledger_transaction t ON t.id = e.transaction_id
     WHERE c.fund_id = fund AND t.effective_date <= ends
     GROUP BY c.id, c.code, c.currency, c.earmark_id
     ORDER BY c.code, c.currency, c.earmark_id NULLS FIRST
$$;

-- How many of a fund's transactions were booked before a moment. They are booked in order, so that halving finds it: an
-- index of moments would cost every posting.
CREATE FUNCTION ledger_seq_before(fund uuid, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    below bigint := 0;
    above bigint;
    middle bigint;
    newest timestamptz;
BEGIN
    SELECT h.seq + 1, h.booked_at INTO above, newest FROM transparency_head h WHERE h.fund_id = fund;
    IF (moment <= newest) IS NOT TRUE THEN
        RETURN coalesce(above - 1, 0);
    END IF;
    WHILE above - below > 1 LOOP
        middle := (below + above) / 2;
        IF (SELECT t.booked_at < moment FROM ledger_transaction t WHERE t.fund_id = fund AND t.seq = middle) THEN
            below := middle;
        ELSE
            above := middle;
        END IF;
    END LOOP;
    RETURN below;
END $$;

-- Close everything up to and with `ends`. Returns the period's id; a period that is closed already gives the old one.
CREATE FUNCTION ledger_close(period uuid, fund uuid, ends date, at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head record;
    place bigint;
    moment timestamptz;
    trial text;
    old uuid;
BEGIN
    SELECT h.*, g.slug INTO head FROM transparency_head h JOIN transparency_log g ON g.id = h.log_id
     WHERE h.fund_id = fund FOR UPDATE OF h;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: fund % has booked nothing', fund
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_has_postings';
    END IF;
    SELECT p.id INTO old FROM ledger_period p WHERE p.fund_id = fund AND p.ends_date = ends;
    IF FOUND THEN RETURN old; END IF;
    moment := greatest(at, head.booked_at);
    -- A year of grace: nobody's clock is that wrong, and a false one would close the books for ever.
    IF moment > clock_timestamp() + interval '366 days' OR ends <= head.closed_through OR ends >= (moment AT TIME ZONE 'Asia/Almaty')::date THEN
        RAISE EXCEPTION 'ledger: % is not over, or lies in a closed period', ends
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_is_over';
    END IF;
    SELECT coalesce(string_agg('{"account":"' || r.code || '","balance":' || r.balance || ',"currency":"' || r.currency
                               || CASE WHEN r.earmark_id IS NULL THEN '"}' ELSE '","project":"' || r.earmark_id || '"}' END,
                               ',' ORDER BY r.code, r.currency, r.earmark_id NULLS FIRST), '')
      INTO trial FROM ledger_trial(fund, ends) r;
    UPDATE transparency_head SET size = size + 1, closed_through = ends, booked_at = moment
     WHERE fund_id = fund RETURNING size - 1 INTO place;
    INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
    VALUES (head.log_id, place, 'close', moment, transparency_fits(convert_to(
        '{"at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","ends":"'
        || to_char(ends, 'YYYY-MM-DD') || '","fund":"' || head.slug || '","last_seq":' || head.seq
        || ',"trial":[' || trial || '],"type":"close","v":1}', 'UTF8')));
    INSERT INTO ledger_period (id, fund_id, ends_date, closed_at, last_seq, log_index)
    VALUES (period, fund, ends, moment, head.seq, place);
    RETURN period;
END $$;

COMMENT ON TABLE ledger_balance IS 'written by functions only';
COMMENT ON TABLE ledger_earmarkbalance IS 'written by functions only';
-- Rows that change with every posting: room on the page keeps their index untouched (heap-only tuples).
ALTER TABLE ledger_balance SET (fillfactor = 40);
ALTER TABLE ledger_earmarkbalance SET (fillfactor = 40);
ALTER TABLE transparency_head SET (fillfactor = 20);
