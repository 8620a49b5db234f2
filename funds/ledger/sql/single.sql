-- ledger_post for one transaction that needs nothing special: its accounts are there, each is on one line, they are of
-- one purpose at most, its key is new and no hold is used. Plain statements: to begin and end a large one would cost
-- more than all of these. Loaded by the first migration, after batch.sql.

-- A batch of one.
CREATE FUNCTION ledger_post_alone(
    booked timestamptz, id uuid, fund uuid, kind text, day date, late boolean, key text, memo text, subject uuid,
    reverses uuid, commitments jsonb, accounts uuid[], amounts bigint[], opening text)
RETURNS TABLE (key text, id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT p.* FROM (SELECT array_agg(g.i ORDER BY g.i) AS places, array_agg(1 ORDER BY g.i) AS owners
                       FROM generate_series(1, cardinality($12)) AS g(i)) l,
           LATERAL ledger_post($1, ARRAY[$2], ARRAY[$3], ARRAY[$4], ARRAY[$5], ARRAY[$6], ARRAY[$7], ARRAY[$8], ARRAY[$9],
                               ARRAY[$10], ARRAY[NULL]::uuid[], ARRAY[$11::text], ARRAY[cardinality($12)], l.owners, l.places,
                               l.places, $13, $12, $14) p
$$;

-- Line i books amounts[i] on accounts[i], each of them once. Any other transaction (`opening` is for those whose accounts
-- are not there yet) goes batch.sql's way, which books and refuses the same. Returns one row.
CREATE FUNCTION ledger_post(
    booked timestamptz, id uuid, fund uuid, kind text, day date, late boolean, key text, memo text, subject uuid,
    reverses uuid, commitments jsonb, accounts uuid[], amounts bigint[], opening text)
RETURNS TABLE (booked_id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_variable
DECLARE
    many constant int := cardinality(accounts);
    seen record;
    head record;
    purse record;
    -- what the log says of commitments, of what is reversed and of the subject
    committed text;
    undone text;
    about text;
    writer text;
BEGIN
    SELECT h.seq, h.log_id, g.slug, c.*,
           CASE WHEN reverses IS NOT NULL THEN (SELECT t.seq FROM ledger_transaction t WHERE t.id = reverses) END AS reversed,
           EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.key = key) AS again
      INTO seen
      FROM transparency_head h JOIN transparency_log g ON g.id = h.log_id,
           (SELECT count(*) AS known, min(c.purse_id) AS purse, max(c.purse_id) AS last_purse,
                   ledger_sum(l.m) FILTER (WHERE c.purse_id IS NOT NULL) AS taken,
                   max(l.m) FILTER (WHERE c.purse_id IS NOT NULL AND ledger_purse_guarded(kind, c.earmark_id)) AS most,
                   array_agg(c.never_negative ORDER BY l.i) AS guards,
                   array_agg(ARRAY[c.code, c.currency
                   -- log:begin
                   , c.said_line
                   -- log:end
                   ] ORDER BY l.i) AS facts
              FROM unnest(accounts, amounts) WITH ORDINALITY AS l(a, m, i)
              JOIN ledger_account c ON c.id = l.a AND c.fund_id = fund) c
     WHERE h.fund_id = fund;
    IF seen.again OR (seen.known = many) IS NOT TRUE OR seen.purse <> seen.last_purse
       OR reverses IS NOT NULL AND seen.reversed IS NULL THEN
        RETURN QUERY SELECT p.id, p.seq, p.log_index, p.created FROM ledger_post_alone(
            booked, id, fund, kind, day, late, key, memo, subject, reverses, commitments, accounts, amounts, opening) p;
        RETURN;
    END IF;

    -- The fund's turn, from here to commit. Was something booked since the key was looked for, it is looked for again.
    UPDATE transparency_head h SET seq = h.seq + 1, booked_at = greatest(booked, h.booked_at)
           -- log:begin
           , size = h.size + 1
           -- log:end
     WHERE h.fund_id = fund RETURNING h.seq, h.size - 1 AS place, h.booked_at, h.closed_through INTO head;
    IF head.seq <> seen.seq + 1 AND EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.key = key) THEN
        UPDATE transparency_head h SET seq = h.seq - 1
               -- log:begin
               , size = h.size - 1
               -- log:end
         WHERE h.fund_id = fund;
        RETURN QUERY SELECT p.id, p.seq, p.log_index, p.created FROM ledger_post_alone(
            booked, id, fund, kind, day, late, key, memo, subject, reverses, commitments, accounts, amounts, opening) p;
        RETURN;
    END IF;
    IF late AND day <= head.closed_through THEN
        day := head.closed_through + 1;
    END IF;
    writer := set_config('asar.booking', 'ledger_post', true);

    -- Before the accounts: whoever asks for more than a purpose has is told so, whatever lies at the bank.
    IF seen.purse IS NOT NULL THEN
        UPDATE ledger_earmarkbalance k SET available_minor = k.available_minor - seen.taken WHERE k.id = seen.purse
        RETURNING k.available_minor < k.held_minor AS short INTO purse;
        IF purse.short AND seen.most > 0 THEN
            PERFORM ledger_refuse('earmark_never_overdrawn');
        END IF;
    END IF;
    -- log:begin
    IF subject IS NOT NULL OR reverses IS NOT NULL OR commitments IS NOT NULL THEN
        committed := ledger_member_said('commitments', ledger_commitments(commitments));
        undone := ledger_member_said('reverses', seen.reversed::text);
        about := ledger_member_said('subject', '"' || subject::text || '"');
    END IF;
    -- log:end
    -- An account that stands on two lines is taken once, so that a line is missing and refused here.
    WITH moved AS (
        UPDATE ledger_balance b SET amount_minor = b.amount_minor + l.m
          FROM unnest(accounts, amounts) WITH ORDINALITY AS l(a, m, i)
         WHERE b.account_id = l.a RETURNING l.i, l.a, l.m, b.amount_minor AS after, b.held_minor AS held
    ), line AS MATERIALIZED (
        SELECT * FROM moved l ORDER BY l.i
    ), entries AS (
        INSERT INTO ledger_entry (transaction_id, line, account_id, currency, amount_minor, balance_after)
        SELECT id, l.i, l.a, seen.facts[l.i][2],
               coalesce(ledger_refuse(coalesce(
                   ledger_line_misplaced(kind, seen.facts[l.i][1], l.m),
                   ledger_line_uncovered(kind, seen.facts[l.i][1], l.m, l.after, seen.guards[l.i], l.held))), l.m), l.after
          FROM line l
    )
    -- log:begin
    INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
    SELECT seen.log_id, head.place, 'transaction', head.booked_at, ledger_transaction_said(
               ledger_moment_said(head.booked_at), committed, day,
               string_agg(format(seen.facts[l.i][3], l.after, l.m), ','), seen.slug, id, kind, memo, undone, head.seq, about)
    -- log:end
    -- log:without SELECT head.place INTO log_index
      FROM line l HAVING count(*) = many AND many BETWEEN 2 AND 200;
    IF NOT FOUND THEN
        PERFORM ledger_refuse('transaction_written_whole');
    END IF;
    -- Reversals, exchanges and payments are compared with their entries here, by triggers: so the entries came first.
    INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, subject_id,
                                    reverses_id, lines, log_index)
    VALUES (id, fund, head.seq, kind, day, head.booked_at, key, memo, subject, reverses,
            coalesce(ledger_refuse(ledger_transaction_fault(
                kind, day, ledger_last_day(head.booked_at), head.closed_through, reverses, subject)), many), head.place);
    writer := set_config('asar.booking', '', true);
    booked_id := id;
    seq := head.seq;
    log_index := head.place;
    created := true;
    RETURN NEXT;
END $$;
