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
    -- of each account
    homes uuid[];
    codes text[];
    currencies text[];
    earmarks uuid[];
    purses bigint[];
    guards boolean[];
    texts text[];
    balances bigint[];
    reserved bigint[];
    -- of each account that has lines
    touched int[];
    totals bigint[];
    takes boolean;
    -- of each line: what it and the lines before it leave on its account
    so_far bigint[];
    fault text;
    -- of each fund whose turn it is
    heads uuid[];
    logs int[];
    slugs text[];
    seqs bigint[];
    sizes bigint[];
    moments timestamptz[];
    closings date[];
    last_days date[];
    -- of each transaction: its fund, the how-maniest of that fund it is, its lines in the log
    turns int[];
    ranks int[];
    reversed bigint[];
    said text[];
    said_at text[];
    whole boolean;
    writer text;
BEGIN
    IF coalesce(many, 0) = 0 OR (cardinality(owners) = cardinality(amounts)) IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: a batch holds at least one transaction' USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- What nobody can change meanwhile is made ready before it is the funds' turn: others are booking in that time.
    FOR attempt IN 1..2 LOOP
        SELECT array_agg(c.fund_id ORDER BY x.o), array_agg(c.code ORDER BY x.o), array_agg(c.currency ORDER BY x.o),
               array_agg(c.earmark_id ORDER BY x.o), array_agg(c.purse_id ORDER BY x.o),
               array_agg(c.never_negative ORDER BY x.o), array_agg(c.said_line ORDER BY x.o)
          INTO homes, codes, currencies, earmarks, purses, guards, texts
          FROM unnest(accounts) WITH ORDINALITY AS x(a, o) LEFT JOIN ledger_account c ON c.id = x.a;
        EXIT WHEN attempt = 2 OR array_position(homes, NULL) IS NULL;
        PERFORM ledger_open(jsonb_build_object('booked_at', booked, 'accounts', opening::jsonb));
    END LOOP;
    SELECT array_agg(l.so_far ORDER BY l.o), (array_agg(l.fault ORDER BY l.o) FILTER (WHERE l.fault IS NOT NULL))[1]
      INTO so_far, fault
      FROM (SELECT l.o, ledger_sum(l.m) OVER (PARTITION BY l.p ORDER BY l.o ROWS UNBOUNDED PRECEDING) AS so_far,
                   CASE WHEN (homes[l.p] = funds[l.n]) IS NOT TRUE THEN 'entry_account'
                        ELSE ledger_line_misplaced(kinds[l.n], codes[l.p], l.m) END AS fault
              FROM unnest(owners, places, amounts) WITH ORDINALITY AS l(n, p, m, o)) l;
    SELECT array_agg(s.p), array_agg(s.total), bool_or(s.most > 0 AND purses[s.p] IS NOT NULL) INTO touched, totals, takes
      FROM (SELECT l.p, ledger_sum(l.m) AS total, max(l.m) AS most FROM unnest(places, amounts) AS l(p, m) GROUP BY l.p) s;

    -- Postings of one fund take turns from here to commit: that is what makes seq and the log's index gap-free, keys
    -- unique and balances true. Funds in one order, so that two batches never wait for each other.
    SELECT array_agg(h.fund_id), array_agg(h.log_id), array_agg(g.slug), array_agg(h.seq), array_agg(h.size),
           array_agg(greatest(booked, h.booked_at)), array_agg(h.closed_through),
           array_agg(ledger_moment_said(greatest(booked, h.booked_at))), array_agg(ledger_last_day(greatest(booked, h.booked_at)))
      INTO heads, logs, slugs, seqs, sizes, moments, closings, said_at, last_days
      FROM (SELECT * FROM transparency_head h WHERE h.fund_id = ANY (funds) ORDER BY h.fund_id FOR UPDATE) h
      JOIN transparency_log g ON g.id = h.log_id;

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
    IF cardinality(array_remove(funds, heads[1])) = 0 THEN
        turns := array_fill(1, ARRAY[many]);
        ranks := ARRAY(SELECT generate_series(1, many));
    ELSE
        SELECT array_agg(x.h ORDER BY x.o), array_agg(x.r ORDER BY x.o) INTO turns, ranks
          FROM (SELECT x.o, array_position(heads, x.f) AS h, row_number() OVER (PARTITION BY x.f ORDER BY x.o) AS r
                  FROM unnest(funds) WITH ORDINALITY AS x(f, o)) x;
    END IF;
    IF heads IS NULL OR array_position(turns, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'ledger: a transaction names a fund without accounts'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_account';
    END IF;
    IF true = ANY (lates) THEN
        days := ARRAY(SELECT CASE WHEN x.late THEN greatest(x.day, closings[x.h] + 1) ELSE x.day END
                        FROM unnest(days, lates, turns) WITH ORDINALITY AS x(day, late, h, o) ORDER BY x.o);
    END IF;
    IF fault IS NOT NULL THEN
        PERFORM ledger_refuse(fault);
    END IF;
    writer := set_config('asar.booking', 'ledger_post', true);

    -- What is left for a purpose when a transaction is booked, with all transactions before it; asked where lines take. Before the
    -- accounts: whoever asks for more than a purpose has is told so, whatever lies at the bank.
    IF takes THEN -- a condition of its own: to begin the question costs more than not to ask it
        IF EXISTS (
            SELECT 1
              FROM (SELECT l.n, l.p, l.m, l.purse, sum(l.m) OVER (PARTITION BY l.purse ORDER BY l.n) AS taken
                      FROM (SELECT x.n, x.p, x.m, purses[x.p] AS purse FROM unnest(owners, places, amounts) AS x(n, p, m)) l
                     WHERE l.purse IS NOT NULL) l
              JOIN ledger_earmarkbalance k ON k.id = l.purse
             WHERE l.m > 0 AND k.available_minor - l.taken < k.held_minor AND ledger_purse_guarded(kinds[l.n], earmarks[l.p])) THEN
            PERFORM ledger_refuse('earmark_never_overdrawn');
        END IF;
    END IF;
    UPDATE ledger_earmarkbalance k SET available_minor = k.available_minor - s.total
      FROM (SELECT purses[s.p] AS purse, ledger_sum(s.total) AS total FROM unnest(touched, totals) AS s(p, total)
             WHERE purses[s.p] IS NOT NULL GROUP BY 1) s
     WHERE k.id = s.purse;
    -- An account that is named twice has its balance once: lines on its other name have none, and are refused.
    WITH moved AS (
        UPDATE ledger_balance b SET amount_minor = b.amount_minor + s.total
          FROM unnest(touched, totals) AS s(p, total)
         WHERE b.account_id = accounts[s.p] RETURNING s.p, b.amount_minor - s.total AS before, b.held_minor
    )
    SELECT array_agg(m.before ORDER BY x.p), array_agg(m.held_minor ORDER BY x.p) INTO balances, reserved
      FROM generate_subscripts(accounts, 1) AS x(p) LEFT JOIN moved m ON m.p = x.p;

    -- Lines, in the order in which they came. balance_after is the account's balance plus all lines of this batch up to it.
    WITH line AS MATERIALIZED (
        SELECT l.n, l.i, l.p, l.m, balances[l.p] + l.so_far AS after
          FROM unnest(owners, numbers, places, amounts, so_far) AS l(n, i, p, m, so_far)
    ), entries AS (
        INSERT INTO ledger_entry (transaction_id, line, account_id, currency, amount_minor, balance_after)
        SELECT ids[l.n], l.i, accounts[l.p], currencies[l.p],
               coalesce(ledger_refuse(ledger_line_uncovered(kinds[l.n], codes[l.p], l.m, l.after, guards[l.p], reserved[l.p])), l.m),
               l.after
          FROM line l
    )
    SELECT bool_and((w.lines = w.last AND w.first = 1 AND w.lines = asked[w.n] AND w.lines BETWEEN 2 AND 200) IS TRUE)
           AND count(*) = many
           -- log:begin
           , array_agg(w.said ORDER BY w.n)
           -- log:end
      INTO whole
           -- log:begin
           , said
           -- log:end
      FROM (SELECT l.n, count(*) AS lines, min(l.i) AS first, max(l.i) AS last
                   -- log:begin
                   , string_agg(format(texts[l.p], l.after, l.m), ',' ORDER BY l.i) AS said
                   -- log:end
              FROM line l GROUP BY l.n) w;
    IF whole IS NOT TRUE THEN
        PERFORM ledger_refuse('transaction_written_whole');
    END IF;

    UPDATE transparency_head h SET seq = h.seq + s.n, booked_at = moments[s.h]
           -- log:begin
           , size = h.size + s.n
           -- log:end
      FROM (SELECT t.h, count(*) AS n FROM unnest(turns) AS t(h) GROUP BY t.h) s
     WHERE h.fund_id = heads[s.h];
    INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, subject_id,
                                    reverses_id, lines, log_index)
    SELECT x.id, heads[x.h], seqs[x.h] + x.r, x.kind, x.day, moments[x.h], x.key, coalesce(x.memo, ''), x.subject, x.reverses,
           coalesce(ledger_refuse(ledger_transaction_fault(x.kind, x.day, last_days[x.h], closings[x.h], x.reverses, x.subject)),
                    x.lines),
           sizes[x.h] + x.r - 1
      FROM unnest(ids, turns, ranks, kinds, days, keys, memos, subjects, undone, asked)
           AS x(id, h, r, kind, day, key, memo, subject, reverses, lines);
    -- log:begin
    INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
    SELECT logs[x.h], sizes[x.h] + x.r - 1, 'transaction', moments[x.h],
           ledger_transaction_said(
               said_at[x.h], ledger_member_said('commitments', ledger_commitments(x.commitments::jsonb)), x.day, x.entries,
               slugs[x.h], x.id, x.kind, coalesce(x.memo, ''), ledger_member_said('reverses', x.reversed::text),
               seqs[x.h] + x.r, ledger_member_said('subject', '"' || x.subject::text || '"'))
      FROM unnest(turns, ranks, commitments, days, said, ids, kinds, memos, reversed, subjects)
           AS x(h, r, commitments, day, entries, id, kind, memo, reversed, subject);
    -- log:end
    writer := set_config('asar.booking', '', true);
    RETURN QUERY SELECT x.key, x.id, seqs[x.h] + x.r, sizes[x.h] + x.r - 1, true
                   FROM unnest(keys, ids, turns, ranks) AS x(key, id, h, r);
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
