-- What PostgreSQL itself holds true about the ledger, whoever writes. Loaded by the first migration of this room.
-- Signs: a debit is positive, a credit negative. Amounts are minor units.

-- 1. Every statement that adds entries adds whole, balanced transactions: zero per transaction and currency, in the
--    account's own currency and fund, and never a line to a transaction that stood before.
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT transaction_id, currency, sum(amount_minor) AS total INTO bad
      FROM added GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % is off by % %', bad.transaction_id, bad.total, bad.currency
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT a.transaction_id INTO bad
      FROM added a JOIN ledger_account c ON c.id = a.account_id JOIN ledger_transaction t ON t.id = a.transaction_id
           LEFT JOIN ledger_earmark m ON m.id = c.earmark_id
     WHERE c.currency <> a.currency OR c.fund_id <> t.fund_id OR m.fund_id <> t.fund_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % names an account of another currency or fund', bad.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    -- What a transaction is called says which accounts it may touch and on which side: spending hides under no other
    -- name, a gift takes no money away, and a fee is kept by the processor, never drawn from the bank.
    SELECT a.transaction_id, t.kind, c.code, CASE WHEN a.amount_minor > 0 THEN 'debit' ELSE 'credit' END AS side INTO bad
      FROM added a JOIN ledger_account c ON c.id = a.account_id JOIN ledger_transaction t ON t.id = a.transaction_id
     WHERE NOT CASE
               WHEN t.kind = 'reversal' THEN true
               WHEN a.amount_minor > 0 THEN CASE t.kind
                   WHEN 'gift' THEN c.code IN ('stripe', 'bank', 'cash')
                   WHEN 'fee' THEN c.code = 'fees'
                   WHEN 'payout' THEN c.code = 'bank'
                   WHEN 'payment' THEN c.code = 'spending'
                   WHEN 'opening' THEN c.code IN ('stripe', 'bank', 'cash')
                   ELSE false END
               ELSE CASE t.kind
                   WHEN 'gift' THEN c.code = 'gifts'
                   WHEN 'fee' THEN c.code = 'stripe'
                   WHEN 'payout' THEN c.code = 'stripe'
                   WHEN 'payment' THEN c.code IN ('bank', 'cash')
                   WHEN 'opening' THEN c.code = 'opening'
                   ELSE false END
               END LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % is a % and cannot touch the account % with a %',
            bad.transaction_id, bad.kind, bad.code, bad.side
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_kind_accounts';
    END IF;
    -- No more arrives at the bank than the processor holds: money is not made by moving it.
    SELECT a.transaction_id INTO bad
      FROM added a JOIN ledger_account c ON c.id = a.account_id JOIN ledger_transaction t ON t.id = a.transaction_id
     WHERE t.kind = 'payout' AND c.code = 'stripe' AND a.balance_after < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: payout % is more than the processor holds', bad.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_is_held';
    END IF;
    -- What is booked has happened, in a currency and on days that every page can show. One day of grace: the
    -- processor's clock is not ours.
    SELECT a.transaction_id INTO bad
      FROM added a JOIN ledger_transaction t ON t.id = a.transaction_id
     WHERE t.effective_date > (t.booked_at AT TIME ZONE 'Asia/Almaty')::date + 1
        OR t.effective_date < '1990-01-01' OR t.booked_at >= '2200-01-01' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % lies in the future of its booking, or beyond all days', bad.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_has_happened';
    END IF;
    SELECT a.transaction_id, a.currency INTO bad FROM added a WHERE a.currency NOT IN ('KZT', 'EUR', 'USD') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % is in %, which no fund holds', bad.transaction_id, bad.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_currency_known';
    END IF;
    -- A reversal is not reversed: a payment would come back beside the one that had taken its place.
    SELECT t.id AS transaction_id INTO bad
      FROM ledger_transaction t JOIN ledger_transaction undone ON undone.id = t.reverses_id
     WHERE t.id IN (SELECT transaction_id FROM added) AND undone.kind = 'reversal' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % reverses a reversal', bad.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_is_final';
    END IF;
    -- A reversal undoes the whole of what it names, line by line, and nothing else.
    SELECT t.id AS transaction_id INTO bad
      FROM ledger_transaction t
     WHERE t.kind = 'reversal' AND t.id IN (SELECT transaction_id FROM added)
       AND (SELECT array_agg((account_id, amount_minor) ORDER BY account_id, amount_minor)
              FROM ledger_entry WHERE transaction_id = t.id)
           IS DISTINCT FROM
           (SELECT array_agg((account_id, -amount_minor) ORDER BY account_id, -amount_minor)
              FROM ledger_entry WHERE transaction_id = t.reverses_id)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % does not mirror the one that it reverses', bad.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors';
    END IF;
    SELECT a.transaction_id INTO bad
      FROM (SELECT transaction_id, count(*) AS n FROM added GROUP BY transaction_id) a
     WHERE a.n < 2 OR a.n <> (SELECT count(*) FROM ledger_entry e WHERE e.transaction_id = a.transaction_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % must be written whole, in one statement', bad.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balance AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();

-- 2. A transaction without entries cannot be committed.
CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_entry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger: transaction % has no entries', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_has_entries AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction();

-- 3. The one way in. `batch` is a JSON list of
--    {id, fund, kind, effective_date, booked_at, key, memo, subject, reverses,
--     entries: [{account: uuid to use if it must be opened, code, type, currency, earmark, never_negative, amount}]}
--    Returns one row per transaction: (key, id, seq, created). A key that is booked already gives the old row with
--    created = false, and is refused when its entries differ.
CREATE FUNCTION ledger_post(batch jsonb)
RETURNS TABLE (key text, id uuid, seq bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    item jsonb;
    old ledger_transaction%ROWTYPE;
    next_seq bigint;
    low record;
BEGIN
    FOR item IN SELECT value FROM jsonb_array_elements(batch) LOOP
        -- Postings of one fund take turns from here to commit: that is what makes seq gap-free and keys unique.
        INSERT INTO ledger_head (fund_id, seq) VALUES ((item->>'fund')::uuid, 0) ON CONFLICT (fund_id) DO NOTHING;
        SELECT h.seq + 1 INTO next_seq FROM ledger_head h WHERE h.fund_id = (item->>'fund')::uuid FOR UPDATE;

        SELECT * INTO old FROM ledger_transaction t WHERE t.key = item->>'key';
        IF FOUND THEN
            IF old.fund_id <> (item->>'fund')::uuid
               OR jsonb_array_length(item->'entries') <> (SELECT count(*) FROM ledger_entry e WHERE e.transaction_id = old.id)
               OR EXISTS (
                (SELECT c.code, c.currency, c.earmark_id, e.amount_minor
                   FROM ledger_entry e JOIN ledger_account c ON c.id = e.account_id WHERE e.transaction_id = old.id)
                EXCEPT ALL
                (SELECT x.code, x.currency, x.earmark, x.amount
                   FROM jsonb_to_recordset(item->'entries') AS x(code text, currency text, earmark uuid, amount bigint))
            ) THEN
                RAISE EXCEPTION 'ledger: key % is booked with other entries', item->>'key'
                    USING ERRCODE = 'unique_violation', CONSTRAINT = 'transaction_key_conflict';
            END IF;
            key := old.key; id := old.id; seq := old.seq; created := false;
            RETURN NEXT;
            CONTINUE;
        END IF;

        INSERT INTO ledger_account (id, fund_id, code, type, currency, earmark_id, never_negative)
        SELECT DISTINCT ON (x.code, x.currency, x.earmark)
               x.account, (item->>'fund')::uuid, x.code, x.type, x.currency, x.earmark, x.never_negative
          FROM jsonb_to_recordset(item->'entries')
               AS x(account uuid, code text, type text, currency text, earmark uuid, never_negative boolean)
        ON CONFLICT ON CONSTRAINT account_once DO NOTHING;

        INSERT INTO ledger_transaction (id, fund_id, seq, kind, effective_date, booked_at, key, memo, subject_id, reverses_id)
        VALUES ((item->>'id')::uuid, (item->>'fund')::uuid, next_seq, item->>'kind', (item->>'effective_date')::date,
                (item->>'booked_at')::timestamptz, item->>'key', coalesce(item->>'memo', ''),
                (item->>'subject')::uuid, (item->>'reverses')::uuid);

        INSERT INTO ledger_balance (account_id, amount_minor)
        SELECT c.id, 0
          FROM jsonb_to_recordset(item->'entries') AS x(code text, currency text, earmark uuid)
          JOIN ledger_account c ON c.fund_id = (item->>'fund')::uuid AND c.code = x.code AND c.currency = x.currency
               AND c.earmark_id IS NOT DISTINCT FROM x.earmark
        ON CONFLICT (account_id) DO NOTHING;

        -- balance_after of each line: the account's balance plus all lines of this transaction up to it.
        INSERT INTO ledger_entry (transaction_id, account_id, currency, amount_minor, balance_after)
        SELECT (item->>'id')::uuid, c.id, x.currency, x.amount,
               b.amount_minor + sum(x.amount) OVER (PARTITION BY c.id ORDER BY x.place)
          FROM (SELECT r.value->>'code' AS code, r.value->>'currency' AS currency, (r.value->>'earmark')::uuid AS earmark,
                       (r.value->>'amount')::bigint AS amount, r.place
                  FROM jsonb_array_elements(item->'entries') WITH ORDINALITY AS r(value, place)) x
          JOIN ledger_account c ON c.fund_id = (item->>'fund')::uuid AND c.code = x.code AND c.currency = x.currency
               AND c.earmark_id IS NOT DISTINCT FROM x.earmark
          JOIN ledger_balance b ON b.account_id = c.id
         ORDER BY x.place;

        UPDATE ledger_balance b SET amount_minor = b.amount_minor + s.total
          FROM (SELECT e.account_id, sum(e.amount_minor) AS total FROM ledger_entry e
                 WHERE e.transaction_id = (item->>'id')::uuid GROUP BY e.account_id) s
         WHERE b.account_id = s.account_id;

        SELECT c.code AS code INTO low
          FROM ledger_entry e JOIN ledger_account c ON c.id = e.account_id JOIN ledger_balance b ON b.account_id = c.id
         WHERE e.transaction_id = (item->>'id')::uuid AND c.never_negative AND b.amount_minor < 0 LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'ledger: account % would fall below zero', low.code
                USING ERRCODE = 'check_violation', CONSTRAINT = 'account_never_negative';
        END IF;

        -- What is tied to an earmark: its income less its expenses, so credits add and debits take away.
        INSERT INTO ledger_earmarkbalance AS k (earmark_id, currency, available_minor)
        SELECT c.earmark_id, e.currency, 0
          FROM ledger_entry e JOIN ledger_account c ON c.id = e.account_id
         WHERE e.transaction_id = (item->>'id')::uuid AND c.earmark_id IS NOT NULL AND c.type IN ('income', 'expense')
         GROUP BY c.earmark_id, e.currency
        ON CONFLICT ON CONSTRAINT earmark_balance_once DO NOTHING;
        UPDATE ledger_earmarkbalance k SET available_minor = k.available_minor - s.total
          FROM (SELECT c.earmark_id, e.currency, sum(e.amount_minor) AS total
                  FROM ledger_entry e JOIN ledger_account c ON c.id = e.account_id
                 WHERE e.transaction_id = (item->>'id')::uuid AND c.earmark_id IS NOT NULL
                       AND c.type IN ('income', 'expense')
                 GROUP BY c.earmark_id, e.currency) s
         WHERE k.earmark_id = s.earmark_id AND k.currency = s.currency;

        UPDATE ledger_head h SET seq = next_seq WHERE h.fund_id = (item->>'fund')::uuid;
        key := item->>'key'; id := (item->>'id')::uuid; seq := next_seq; created := true;
        RETURN NEXT;
    END LOOP;
END $$;

COMMENT ON TABLE ledger_balance IS 'written by functions only';
COMMENT ON TABLE ledger_earmarkbalance IS 'written by functions only';
COMMENT ON TABLE ledger_head IS 'written by functions only';
