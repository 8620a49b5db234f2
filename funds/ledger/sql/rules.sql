-- What PostgreSQL itself refuses in the ledger, whoever writes. Loaded by the first migration of this room.
-- Signs: a debit is positive, a credit negative. Amounts are minor units.

-- 1. What a transaction is called says which accounts it may touch and on which side: spending hides under no other
--    name, a gift takes no money away, and a fee is kept by the processor, never drawn from the bank.
--    The same table stands in funds/ledger/rules/accounts.py.
CREATE FUNCTION ledger_may_touch(kind text, code text, debit boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN kind = 'reversal' THEN true
        WHEN debit THEN CASE kind
            WHEN 'gift' THEN code IN ('stripe', 'bank', 'cash')
            WHEN 'fee' THEN code = 'fees'
            WHEN 'payout' THEN code = 'bank'
            WHEN 'deposit' THEN code = 'bank'
            WHEN 'payment' THEN code = 'spending'
            WHEN 'refund' THEN code IN ('gifts', 'shortfall')
            WHEN 'dispute' THEN code IN ('gifts', 'shortfall', 'fees')
            WHEN 'dispute_won' THEN code = 'stripe'
            WHEN 'exchange' THEN code IN ('stripe', 'bank', 'cash', 'trading')
            WHEN 'redesignation' THEN code = 'moved'
            WHEN 'suspense' THEN code IN ('stripe', 'bank', 'cash', 'suspense')
            WHEN 'clearing' THEN code IN ('suspense', 'fees')
            WHEN 'cover' THEN code = 'moved'
            WHEN 'opening' THEN code IN ('stripe', 'bank', 'cash')
            ELSE false END
        ELSE CASE kind
            WHEN 'gift' THEN code = 'gifts'
            WHEN 'fee' THEN code = 'stripe'
            WHEN 'payout' THEN code = 'stripe'
            WHEN 'deposit' THEN code = 'cash'
            WHEN 'payment' THEN code IN ('bank', 'cash')
            WHEN 'refund' THEN code IN ('stripe', 'bank', 'cash')
            WHEN 'dispute' THEN code = 'stripe'
            WHEN 'dispute_won' THEN code IN ('gifts', 'shortfall', 'fees')
            WHEN 'exchange' THEN code IN ('stripe', 'bank', 'cash', 'trading')
            WHEN 'redesignation' THEN code = 'moved'
            WHEN 'suspense' THEN code IN ('stripe', 'bank', 'cash', 'suspense')
            WHEN 'clearing' THEN code IN ('suspense', 'gifts', 'shortfall')
            WHEN 'cover' THEN code = 'shortfall'
            WHEN 'opening' THEN code = 'opening'
            ELSE false END
        END
$$;

-- 2. Every statement that adds entries adds whole, balanced transactions, in the account's own currency and fund. A
--    transaction says how many lines it has, and a line's number is unique in it: nobody can add one later.
--    Existence of account and transaction is checked here, not by foreign keys: neither can ever be deleted, and the
--    keys' triggers cost a third of a posting.
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT a.transaction_id, a.currency, c.code, t.kind, CASE WHEN a.amount_minor > 0 THEN 'debit' ELSE 'credit' END AS side,
           CASE
               WHEN c.id IS NULL OR c.currency <> a.currency OR c.fund_id <> t.fund_id THEN 'entry_account'
               WHEN a.currency NOT IN ('KZT', 'EUR', 'USD') THEN 'entry_currency_known'
               WHEN NOT ledger_may_touch(t.kind, c.code, a.amount_minor > 0) THEN 'transaction_kind_accounts'
               WHEN c.never_negative AND a.balance_after < 0 THEN 'account_never_negative'
               -- No more arrives at the bank than the processor holds: money is not made by moving it.
               WHEN t.kind = 'payout' AND c.code = 'stripe' AND a.balance_after < 0 THEN 'payout_is_held'
           END AS fault
      INTO bad
      FROM added a LEFT JOIN ledger_account c ON c.id = a.account_id LEFT JOIN ledger_transaction t ON t.id = a.transaction_id
     WHERE c.id IS NULL OR t.id IS NULL OR c.currency <> a.currency OR c.fund_id <> t.fund_id
           OR a.currency NOT IN ('KZT', 'EUR', 'USD') OR NOT ledger_may_touch(t.kind, c.code, a.amount_minor > 0)
           OR (a.balance_after < 0 AND (c.never_negative OR (t.kind = 'payout' AND c.code = 'stripe')))
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % (%) may not have a % on account % in %',
            bad.transaction_id, bad.kind, bad.side, bad.code, bad.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = coalesce(bad.fault, 'entry_transaction');
    END IF;
    SELECT g.transaction_id, CASE WHEN g.kzt <> 0 OR g.eur <> 0 OR g.usd <> 0
                                  THEN 'transaction_balances' ELSE 'transaction_written_whole' END AS fault
      INTO bad
      FROM (SELECT transaction_id, count(*) AS n, max(line) AS last, min(line) AS first,
                   coalesce(sum(amount_minor) FILTER (WHERE currency = 'KZT'), 0) AS kzt,
                   coalesce(sum(amount_minor) FILTER (WHERE currency = 'EUR'), 0) AS eur,
                   coalesce(sum(amount_minor) FILTER (WHERE currency = 'USD'), 0) AS usd
              FROM added GROUP BY transaction_id) g
      JOIN ledger_transaction t ON t.id = g.transaction_id
     WHERE g.kzt <> 0 OR g.eur <> 0 OR g.usd <> 0 OR g.n <> t.lines OR g.last <> t.lines OR g.first <> 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % must sum to zero in each currency and be written whole, in one statement',
            bad.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.fault;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balance AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();

-- 3. A transaction stands with its entries from the first moment, follows the one before it without a gap, has
--    happened, and lies in no closed period. One day of grace: the processor's clock is not ours.
CREATE FUNCTION ledger_check_transactions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT t.id, CASE
               WHEN h.fund_id IS NULL OR t.seq > h.seq THEN 'transaction_seq_gapfree'
               WHEN t.effective_date <= h.closed_through THEN 'period_is_closed'
               WHEN t.booked_at > h.booked_at THEN 'transaction_booked_in_order'
               ELSE 'transaction_has_happened'
           END AS fault
      INTO bad
      FROM added t LEFT JOIN ledger_head h ON h.fund_id = t.fund_id
     WHERE h.fund_id IS NULL OR t.seq > h.seq OR t.booked_at > h.booked_at
           OR t.effective_date <= h.closed_through
           OR t.effective_date > (t.booked_at AT TIME ZONE 'Asia/Almaty')::date + 1
           OR t.effective_date < '1990-01-01' OR t.booked_at >= '2200-01-01' LIMIT 1;
    IF NOT FOUND THEN
        SELECT t.id, 'transaction_seq_gapfree' AS fault INTO bad FROM added t
         WHERE t.seq > 1 AND NOT EXISTS (SELECT 1 FROM ledger_transaction p
                                          WHERE p.fund_id = t.fund_id AND p.seq = t.seq - 1) LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT t.id, 'transaction_written_whole' AS fault INTO bad FROM added t
         WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transaction_id = t.id) LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % is refused (%)', bad.id, bad.fault
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.fault;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transactions_follow AFTER INSERT ON ledger_transaction
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_transactions();

-- 4. A reversal undoes the whole of what it names, line by line, and nothing else; it is not reversed itself, or a
--    payment would come back beside the one that had taken its place.
CREATE FUNCTION ledger_check_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    undone record;
BEGIN
    SELECT kind, fund_id INTO undone FROM ledger_transaction WHERE id = NEW.reverses_id;
    IF undone.kind = 'reversal' THEN
        RAISE EXCEPTION 'ledger: transaction % reverses a reversal', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_is_final';
    END IF;
    IF (SELECT array_agg((account_id, amount_minor) ORDER BY account_id, amount_minor)
          FROM ledger_entry WHERE transaction_id = NEW.id)
       IS DISTINCT FROM
       (SELECT array_agg((account_id, -amount_minor) ORDER BY account_id, -amount_minor)
          FROM ledger_entry WHERE transaction_id = NEW.reverses_id) THEN
        RAISE EXCEPTION 'ledger: transaction % does not mirror the one that it reverses', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reversal_mirrors AFTER INSERT ON ledger_transaction
    FOR EACH ROW WHEN (NEW.kind = 'reversal') EXECUTE FUNCTION ledger_check_reversal();
