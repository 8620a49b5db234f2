-- ledger_post for up to 500 transactions at once. Loaded by the first migration, after posting.sql.
-- What it is told stands in columns, one array each, and its few statements put columns beside columns: nothing is
-- joined by number, and 500 transactions cost little more than one.

-- Transaction n is (ids[n], funds[n], kinds[n] ...); `asked` says how many lines it has. Line l is number numbers[l] of
-- transaction owners[l] and books amounts[l] on accounts[places[l]]. `opening` is the JSON of the accounts, read when one
-- of them is not there yet: [{id, fund, code, type, currency, earmark, never_negative}].
-- Returns one row per transaction. A key that is booked already gives the old row with created = false, and is refused
-- when its entries differ.
CREATE FUNCTION ledger_post(
    booked timestamptz, ids uuid[], funds uuid[], kinds text[], days date[], lates boolean[], keys text[], memos text[],
    subjects uuid[], undone uuid[], holds uuid[], commitments text[], asked int[],
    owners int[], numbers int[], places int[], amounts bigint[], accounts uuid[], opening text)
RETURNS TABLE (key text, id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_variable
DECLARE
    many constant int := cardinality(ids);
    turn record;
    held record;
    written record;
    bodies text[];
    reversed bigint[];
    writer text;
BEGIN
    IF coalesce(many, 0) = 0 OR (cardinality(owners) = cardinality(amounts)) IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: a batch holds at least one transaction' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT 1 FROM unnest(accounts) AS x(a) WHERE NOT EXISTS (SELECT 1 FROM ledger_account c WHERE c.id = x.a)) THEN
        PERFORM ledger_open(jsonb_build_object('booked_at', booked, 'accounts', opening::jsonb));
    END IF;

    -- Postings of one fund take turns from here to commit: that is what makes seq and the log's index gap-free, keys
    -- unique and balances true. Funds in one order, so that two batches never wait for each other.
    PERFORM 1 FROM ledger_head h JOIN transparency_head g ON g.log_id = h.log_id
      WHERE h.fund_id = ANY (funds) ORDER BY h.fund_id FOR UPDATE;

    IF EXISTS (SELECT 1 FROM unnest(keys) AS x(k) JOIN ledger_transaction t ON t.key = x.k) THEN
        RETURN QUERY SELECT * FROM ledger_post_again(
            booked, ids, funds, kinds, days, lates, keys, memos, subjects, undone, holds, commitments, asked,
            owners, numbers, places, amounts, accounts, opening);
        RETURN;
    END IF;
    IF cardinality(array_remove(holds, NULL)) > 0 THEN
        PERFORM ledger_use_holds(booked, ids, funds, holds, owners, places, amounts, accounts);
    END IF;
    IF cardinality(array_remove(undone, NULL)) > 0 THEN
        -- Asked before anything of this batch is there: what is reversed was booked by an earlier one.
        SELECT array_agg(CASE WHEN x.r IS NOT NULL THEN coalesce(t.seq, ledger_refuse('reversal_mirrors')) END ORDER BY x.o)
          INTO reversed FROM unnest(undone) WITH ORDINALITY AS x(r, o) LEFT JOIN ledger_transaction t ON t.id = x.r;
    END IF;

    -- Whose turn it is: numbers and moments of the transactions, and what their lines find on the accounts.
    SELECT array_agg(x.seq ORDER BY x.o) AS seqs, array_agg(x.place ORDER BY x.o) AS places,
           array_agg(x.log_id ORDER BY x.o) AS logs, array_agg(x.slug ORDER BY x.o) AS slugs,
           array_agg(x.moment ORDER BY x.o) AS moments, array_agg(x.closed_through ORDER BY x.o) AS closed,
           array_agg(CASE WHEN x.late THEN greatest(x.day, x.closed_through + 1) ELSE x.day END ORDER BY x.o) AS days
      INTO turn
      FROM (SELECT x.o, x.day, x.late, h.log_id, h.closed_through, g.slug, greatest(booked, h.booked_at) AS moment,
                   h.seq + row_number() OVER w AS seq, s.size - 1 + row_number() OVER w AS place
              FROM unnest(funds, days, lates) WITH ORDINALITY AS x(fund, day, late, o)
              JOIN ledger_head h ON h.fund_id = x.fund JOIN transparency_head s ON s.log_id = h.log_id
              JOIN transparency_log g ON g.id = h.log_id
            WINDOW w AS (PARTITION BY x.fund ORDER BY x.o)) x;
    IF (cardinality(turn.seqs) = many) IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: a transaction names a fund without accounts'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account';
    END IF;
    SELECT array_agg(c.fund_id ORDER BY x.o) AS funds, array_agg(c.code ORDER BY x.o) AS codes,
           array_agg(c.currency ORDER BY x.o) AS currencies, array_agg(c.earmark_id ORDER BY x.o) AS earmarks,
           array_agg(c.purse_id ORDER BY x.o) AS purses, array_agg(c.never_negative ORDER BY x.o) AS guarded,
           array_agg(b.amount_minor ORDER BY x.o) AS balances, array_agg(b.held_minor ORDER BY x.o) AS held
      INTO held
      FROM unnest(accounts) WITH ORDINALITY AS x(a, o) LEFT JOIN ledger_account c ON c.id = x.a
      LEFT JOIN ledger_balance b ON b.account_id = x.a;
    writer := set_config('asar.booking', 'ledger_post', true);

    -- What is left for a purpose when a transaction is booked, with all transactions before it; asked where lines take. Before the
    -- lines: whoever asks for more than a purpose has is told so, whatever lies at the bank.
    IF EXISTS (SELECT 1 FROM unnest(places, amounts) AS l(p, m) WHERE l.m > 0 AND held.purses[l.p] IS NOT NULL)
       AND EXISTS (
        SELECT 1
          FROM (SELECT l.n, l.p, l.m, l.purse, sum(l.m) OVER (PARTITION BY l.purse ORDER BY l.n) AS taken
                  FROM (SELECT x.n, x.p, x.m, held.purses[x.p] AS purse FROM unnest(owners, places, amounts) AS x(n, p, m)) l
                 WHERE l.purse IS NOT NULL) l
          JOIN ledger_earmarkbalance k ON k.id = l.purse
         WHERE l.m > 0 AND k.available_minor - l.taken < k.held_minor AND ledger_purse_guarded(kinds[l.n], held.earmarks[l.p])) THEN
        PERFORM ledger_refuse('earmark_never_overdrawn');
    END IF;
    -- Lines. balance_after is the account's balance plus all lines of this batch up to it.
    WITH line AS MATERIALIZED (
        SELECT l.o, l.n, l.i, l.p, l.m,
               (held.balances[l.p] + sum(l.m) OVER (PARTITION BY l.p ORDER BY l.o))::bigint AS after
          FROM unnest(owners, numbers, places, amounts) WITH ORDINALITY AS l(n, i, p, m, o)
    ), entries AS (
        INSERT INTO ledger_entry (transaction_id, line, account_id, currency, amount_minor, balance_after)
        SELECT ids[l.n], l.i, accounts[l.p], held.currencies[l.p], coalesce(ledger_refuse(
                   CASE WHEN (held.funds[l.p] = funds[l.n]) IS NOT TRUE THEN 'entry_account'
                        ELSE ledger_line_fault(kinds[l.n], held.codes[l.p], l.m, l.after, held.guarded[l.p], held.held[l.p]) END),
                   l.m), l.after
          FROM line l ORDER BY l.o
    )
    SELECT array_agg(w.n ORDER BY w.n) AS owners, bool_and((w.lines = w.last AND w.first = 1 AND w.lines = asked[w.n]
                                                            AND w.lines BETWEEN 2 AND 200) IS TRUE) AS whole
           -- log:begin
           , array_agg(w.said ORDER BY w.n) AS said
           -- log:end
      INTO written
      FROM (SELECT l.n, count(*) AS lines, min(l.i) AS first, max(l.i) AS last
                   -- log:begin
                   , string_agg(ledger_line_said(held.codes[l.p], l.after, l.m, held.currencies[l.p], held.earmarks[l.p]),
                                ',' ORDER BY l.i) AS said
                   -- log:end
              FROM line l GROUP BY l.n) w;
    IF (written.whole AND cardinality(written.owners) = many) IS NOT TRUE THEN
        PERFORM ledger_refuse('transaction_written_whole');
    END IF;

    UPDATE ledger_balance b SET amount_minor = b.amount_minor + s.total
      FROM (SELECT l.p, sum(l.m) AS total FROM unnest(places, amounts) AS l(p, m) GROUP BY l.p) s
     WHERE b.account_id = accounts[s.p];
    UPDATE ledger_earmarkbalance k SET available_minor = k.available_minor - s.total
      FROM (SELECT held.purses[l.p] AS purse, sum(l.m) AS total FROM unnest(places, amounts) AS l(p, m)
             WHERE held.purses[l.p] IS NOT NULL GROUP BY 1) s
     WHERE k.id = s.purse;
    UPDATE ledger_head h SET seq = s.seq, booked_at = s.moment
      FROM (SELECT x.fund, max(x.seq) AS seq, max(x.moment) AS moment
              FROM unnest(funds, turn.seqs, turn.moments) AS x(fund, seq, moment) GROUP BY x.fund) s
     WHERE h.fund_id = s.fund;
    INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, subject_id,
                                    reverses_id, lines, log_index)
    SELECT x.id, x.fund, x.seq, x.kind, x.day, x.moment, x.key, coalesce(x.memo, ''), x.subject, x.reverses,
           coalesce(ledger_refuse(ledger_transaction_fault(x.kind, x.day, x.moment, x.closed, x.reverses, x.subject)), x.lines),
           x.place
      FROM unnest(ids, funds, turn.seqs, kinds, turn.days, turn.moments, keys, memos, subjects, undone, asked, turn.places,
                  turn.closed)
           AS x(id, fund, seq, kind, day, moment, key, memo, subject, reverses, lines, place, closed);
    -- log:begin
    UPDATE transparency_head h SET size = s.size
      FROM (SELECT x.log_id, max(x.place) + 1 AS size FROM unnest(turn.logs, turn.places) AS x(log_id, place)
             GROUP BY x.log_id) s
     WHERE h.log_id = s.log_id;
    INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
    SELECT x.log_id, x.place, 'transaction', x.moment,
           ledger_transaction_said(x.moment, x.commitments::jsonb, x.day, x.entries, x.slug, x.id, x.kind,
                                   coalesce(x.memo, ''), x.reversed, x.seq, x.subject)
      FROM unnest(turn.logs, turn.places, turn.moments, commitments, turn.days, written.said, turn.slugs, ids, kinds, memos,
                  reversed, turn.seqs, subjects)
           AS x(log_id, place, moment, commitments, day, entries, slug, id, kind, memo, reversed, seq, subject);
    -- log:end
    writer := set_config('asar.booking', '', true);
    RETURN QUERY SELECT x.key, x.id, x.seq, x.place, true
                   FROM unnest(keys, ids, turn.seqs, turn.places) AS x(key, id, seq, place);
END $$;

-- The rare way: some keys are booked already. They must say the same; the others are booked now.
CREATE FUNCTION ledger_post_again(
    booked timestamptz, ids uuid[], funds uuid[], kinds text[], days date[], lates boolean[], keys text[], memos text[],
    subjects uuid[], undone uuid[], holds uuid[], commitments text[], asked int[],
    owners int[], numbers int[], places int[], amounts bigint[], accounts uuid[], opening text)
RETURNS TABLE (key text, id uuid, seq bigint, log_index bigint, created boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    bad text;
    fresh constant int[] := ARRAY(SELECT x.n::int FROM unnest(keys) WITH ORDINALITY AS x(k, n)
                                   WHERE NOT EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.key = x.k) ORDER BY x.n);
BEGIN
    SELECT t.key INTO bad
      FROM unnest(keys, funds) WITH ORDINALITY AS x(k, fund, n) JOIN ledger_transaction t ON t.key = x.k
     WHERE t.fund_id <> x.fund
        OR (SELECT array_agg((e.account_id, e.amount_minor) ORDER BY e.account_id, e.amount_minor)
              FROM ledger_entry e WHERE e.transaction_id = t.id)
           IS DISTINCT FROM
           (SELECT array_agg((accounts[l.p], l.m) ORDER BY accounts[l.p], l.m)
              FROM unnest(owners, places, amounts) AS l(n, p, m) WHERE l.n = x.n) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: key % is booked with other entries', bad
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'transaction_key_conflict';
    END IF;
    RETURN QUERY SELECT t.key::text, t.id, t.seq, t.log_index, false
                   FROM unnest(keys) WITH ORDINALITY AS x(k, n) JOIN ledger_transaction t ON t.key = x.k ORDER BY x.n;
    IF cardinality(fresh) > 0 THEN
        RETURN QUERY SELECT p.* FROM
            (SELECT array_agg(x.id ORDER BY x.n) AS ids, array_agg(x.fund ORDER BY x.n) AS funds,
                    array_agg(x.kind ORDER BY x.n) AS kinds, array_agg(x.day ORDER BY x.n) AS days,
                    array_agg(x.late ORDER BY x.n) AS lates, array_agg(x.k ORDER BY x.n) AS keys,
                    array_agg(x.memo ORDER BY x.n) AS memos, array_agg(x.subject ORDER BY x.n) AS subjects,
                    array_agg(x.reverses ORDER BY x.n) AS undone, array_agg(x.hold ORDER BY x.n) AS holds,
                    array_agg(x.said ORDER BY x.n) AS commitments, array_agg(x.lines ORDER BY x.n) AS asked
               FROM unnest(ids, funds, kinds, days, lates, keys, memos, subjects, undone, holds, commitments, asked)
                    WITH ORDINALITY AS x(id, fund, kind, day, late, k, memo, subject, reverses, hold, said, lines, n)
              WHERE x.n = ANY (fresh)) t,
            (SELECT array_agg(array_position(fresh, l.n) ORDER BY l.o) AS owners, array_agg(l.i ORDER BY l.o) AS numbers,
                    array_agg(l.p ORDER BY l.o) AS places, array_agg(l.m ORDER BY l.o) AS amounts
               FROM unnest(owners, numbers, places, amounts) WITH ORDINALITY AS l(n, i, p, m, o) WHERE l.n = ANY (fresh)) l,
            LATERAL ledger_post(booked, t.ids, t.funds, t.kinds, t.days, t.lates, t.keys, t.memos, t.subjects, t.undone,
                                t.holds, t.commitments, t.asked, l.owners, l.numbers, l.places, l.amounts, accounts,
                                opening) p;
    END IF;
END $$;
