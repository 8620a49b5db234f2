-- What PostgreSQL itself refuses in the ledger, whoever writes. Loaded by the first migration of this room.
-- Signs: a debit is positive, a credit negative. Amounts are minor units.

-- One row is a town's turn: whoever books or appends holds it to its commit. The log's head counts the log's entries, and
-- here also the fund's transactions: two rows to move would cost every posting more than its entry in the log does.
ALTER TABLE transparency_head
    ADD COLUMN fund_id uuid UNIQUE REFERENCES ledger_fund (id) DEFERRABLE INITIALLY DEFERRED,
    ADD COLUMN seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN booked_at timestamptz NOT NULL DEFAULT '1990-01-01 00:00Z',
    ADD COLUMN closed_through date NOT NULL DEFAULT '1989-12-31';

-- An account's line in the public log (RFC 8785), for `format` with the balance after it and the amount: an account's
-- meaning never changes, so this is written once.
ALTER TABLE ledger_account
    ADD CONSTRAINT account_currency CHECK (currency ~ '^[A-Z]{3}$'),
    ADD COLUMN said_line text NOT NULL GENERATED ALWAYS AS (
        '{"account":"' || code || '","after":%s,"amount":%s,"currency":"' || currency || '"'
        || coalesce(',"project":"' || earmark_id::text || '"', '') || '}') STORED;

-- Adding up whole numbers as such: PostgreSQL's own sum goes through decimals. Too large a sum is an error.
CREATE AGGREGATE ledger_sum(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0');

-- 1. What a transaction is called says which accounts it may touch and on which side: spending hides under no other
--    name, a gift takes no money away, and a fee is kept by the processor, never drawn from the bank.
--    The same table stands in funds/ledger/rules/accounts.py.
CREATE FUNCTION ledger_may_touch(kind text, code text, debit boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT kind = 'reversal' OR kind || CASE WHEN debit THEN '+' ELSE '-' END || code = ANY ('{
        gift+stripe,gift+bank,gift+cash,gift-gifts,
        fee+fees,fee+stripe,fee-fees,fee-stripe,fee-transit, sent+stripe,sent+transit,sent-stripe,sent-transit,
        payout+bank,payout-stripe,payout-transit, deposit+bank,deposit-cash,
        payment+spending,payment-bank,payment-cash,
        refund+gifts,refund+moved,refund+shortfall,refund-stripe,refund-bank,refund-cash,refund-moved,
        refund_failed+stripe,refund_failed+bank,refund_failed+cash,refund_failed+moved,
        refund_failed-gifts,refund_failed-moved,refund_failed-shortfall,
        dispute+gifts,dispute+moved,dispute+shortfall,dispute+fees,dispute-stripe,dispute-moved,
        dispute_won+stripe,dispute_won+moved,dispute_won-gifts,dispute_won-moved,dispute_won-shortfall,dispute_won-fees,
        exchange+stripe,exchange+bank,exchange+cash,exchange+transit,exchange+trading,exchange+moved,exchange+shortfall,
        exchange-stripe,exchange-bank,exchange-cash,exchange-transit,exchange-trading,exchange-moved,
        redesignation+moved,redesignation-moved,
        suspense+stripe,suspense+bank,suspense+cash,suspense+suspense,
        suspense-stripe,suspense-bank,suspense-cash,suspense-suspense,
        clearing+suspense,clearing+fees,clearing-suspense,clearing-gifts,clearing-shortfall,clearing-transit,
        cover+moved,cover-shortfall, opening+stripe,opening+bank,opening+cash,opening-opening}'::text[])
$$;

-- The currencies that a ledger may hold; the same stand in platform/common/money.py.
CREATE FUNCTION ledger_currency_known(code text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT code = ANY ('{KZT,EUR,USD,RUB,GBP,CHF,PLN,CZK,HUF,TRY,ILS,CAD,AED,UZS,KGS,KRW,JPY,ISK,UGX,KWD}'::text[])
$$;

-- 2. Whatever is written, whoever writes it: each transaction sums to zero in each currency.
-- 3. Every statement that adds entries adds whole, balanced transactions, in the account's own currency and fund. A
--    transaction says how many lines it has, and a line's number is unique in it: nobody can add one later.
--    Existence of account and transaction is checked here, not by foreign keys: neither can ever be deleted, and the
--    keys' triggers cost a third of a posting.
--    The rules 3 and 4 are for other writers than ledger_post (the owner, in a migration or by hand: nobody else can write
--    these tables). ledger_post checks the same while it computes, which costs a posting a third of what they would. Each
--    trigger and each condition of one costs every statement some microseconds, so there are few.
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT transaction_id, currency, public.ledger_sum(amount_minor) AS total INTO bad
      FROM added GROUP BY transaction_id, currency HAVING public.ledger_sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger: transaction % is off by % %', bad.transaction_id, bad.total, bad.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_balances';
    END IF;
    IF current_setting('asar.booking', true) = 'ledger_post' THEN
        RETURN NULL;
    END IF;
    SELECT g.* INTO bad
      FROM (SELECT a.transaction_id, t.kind, t.lines, count(*) AS n, max(a.line) AS last, min(a.line) AS first,
                   min(CASE
                       WHEN c.id IS NULL OR c.currency <> a.currency OR c.fund_id <> t.fund_id THEN 'entry_account'
                       WHEN public.ledger_currency_known(a.currency) IS NOT TRUE THEN 'entry_currency_known'
                       -- Browsers read these numbers too, and count exactly up to 2^53 alone.
                       WHEN a.amount_minor = 0 OR a.amount_minor NOT BETWEEN -9007199254740991 AND 9007199254740991
                            OR a.balance_after NOT BETWEEN -9007199254740991 AND 9007199254740991 THEN 'entry_amount'
                       WHEN NOT public.ledger_may_touch(t.kind, c.code, a.amount_minor > 0) THEN 'transaction_kind_accounts'
                       WHEN a.balance_after >= 0 THEN NULL
                       WHEN c.never_negative THEN 'account_never_negative'
                       -- No more arrives at the bank than the processor holds: money is not made by moving it.
                       WHEN t.kind = 'payout' AND c.code IN ('stripe', 'transit') THEN 'payout_is_held'
                   END) AS fault
              FROM added a LEFT JOIN public.ledger_account c ON c.id = a.account_id
              LEFT JOIN public.ledger_transaction t ON t.id = a.transaction_id
             GROUP BY a.transaction_id, t.kind, t.lines) g
     WHERE g.fault IS NOT NULL OR (g.n = g.lines AND g.last = g.lines AND g.first = 1) IS NOT TRUE
     LIMIT 1;
    IF FOUND THEN
        bad.fault := coalesce(bad.fault, 'transaction_written_whole');
        RAISE EXCEPTION 'ledger: the entries of % % are refused (%)',
            coalesce(bad.kind, 'transaction'), bad.transaction_id, bad.fault
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.fault;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balance AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();

-- 4. A transaction stands with its entries from the first moment, follows the one before it without a gap, has
--    happened, and lies in no closed period. One day of grace: the processor's clock is not ours.
CREATE FUNCTION ledger_check_following(t ledger_transaction) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    fault text;
BEGIN
    SELECT CASE
               WHEN h.fund_id IS NULL OR t.seq > h.seq OR t.seq < 1 THEN 'transaction_seq_gapfree'
               WHEN t.effective_date <= h.closed_through THEN 'period_is_closed'
               WHEN t.booked_at > h.booked_at THEN 'transaction_booked_in_order'
               WHEN (t.kind = 'reversal') = (t.reverses_id IS NULL) THEN 'transaction_reversal'
               WHEN t.effective_date > (t.booked_at AT TIME ZONE 'Asia/Almaty')::date + 1
                    OR t.effective_date < '1990-01-01' OR t.booked_at >= clock_timestamp() + interval '366 days'
                    THEN 'transaction_has_happened'
               WHEN t.lines NOT BETWEEN 2 AND 200
                    OR NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transaction_id = t.id)
                    THEN 'transaction_written_whole'
               WHEN t.seq > 1 AND NOT EXISTS (SELECT 1 FROM ledger_transaction p
                                               WHERE p.fund_id = t.fund_id AND p.seq = t.seq - 1)
                    THEN 'transaction_seq_gapfree'
           END INTO fault
      FROM (SELECT 1) one LEFT JOIN transparency_head h ON h.fund_id = t.fund_id;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'ledger: transaction % is refused (%)', t.id, fault
            USING ERRCODE = 'check_violation', CONSTRAINT = fault;
    END IF;
END $$;

-- 5. A reversal undoes the whole of what it names, line by line, and nothing else; it is not reversed itself, or a
--    payment would come back beside the one that had taken its place. Two people agree on it: see corrections.sql.
CREATE FUNCTION ledger_check_reversal(t ledger_transaction) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    undone record;
BEGIN
    SELECT kind, fund_id INTO undone FROM ledger_transaction WHERE id = t.reverses_id;
    IF undone.kind = 'reversal' THEN
        RAISE EXCEPTION 'ledger: transaction % reverses a reversal', t.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_is_final';
    END IF;
    IF (SELECT array_agg((account_id, amount_minor) ORDER BY account_id, amount_minor)
          FROM ledger_entry WHERE transaction_id = t.id)
       IS DISTINCT FROM
       (SELECT array_agg((account_id, -amount_minor) ORDER BY account_id, -amount_minor)
          FROM ledger_entry WHERE transaction_id = t.reverses_id) THEN
        RAISE EXCEPTION 'ledger: transaction % does not mirror the one that it reverses', t.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_mirrors';
    END IF;
    -- A transfer on its way that the card processor called back: nothing leaves or enters the fund by it.
    IF undone.kind <> 'sent' THEN
        INSERT INTO ledger_confirmation (transaction_id) VALUES (t.id);
    END IF;
END $$;

-- 6. An exchange is one: two currencies, through the trading account, or through what a purpose has of each.
CREATE FUNCTION ledger_check_exchange(t ledger_transaction) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(DISTINCT e.currency) = 2 AND (
                   count(DISTINCT e.currency) FILTER (WHERE c.code = 'trading') = 2
                   OR count(DISTINCT e.currency) FILTER (WHERE c.code IN ('moved', 'shortfall')) = 2)
          FROM ledger_entry e JOIN ledger_account c ON c.id = e.account_id WHERE e.transaction_id = t.id) IS NOT TRUE THEN
        RAISE EXCEPTION 'ledger: transaction % exchanges nothing', t.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_of_two_currencies';
    END IF;
END $$;

-- 7. Money is moved to another purpose by a decision that the town's council has adopted, which the transaction names. What
--    was given for a need that has fallen away goes to the fund as a whole, and names the need.
CREATE FUNCTION ledger_check_redesignation(t ledger_transaction) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM meetings_decision d JOIN members_council c ON c.id = d.council_id JOIN ledger_fund f ON f.town_id = c.town_id
         WHERE d.id = t.subject_id AND d.outcome = 'adopted' AND f.id = t.fund_id)
       AND NOT EXISTS (
        SELECT 1 FROM needs_need n JOIN ledger_fund f ON f.town_id = n.town_id
         WHERE n.id = t.subject_id AND n.state = 'refused' AND f.id = t.fund_id AND NOT EXISTS (
            SELECT 1 FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
             WHERE e.transaction_id = t.id
               AND a.earmark_id IS DISTINCT FROM CASE WHEN e.amount_minor > 0 THEN n.id END)) THEN
        RAISE EXCEPTION 'ledger: transaction % moves money that nobody voted to move', t.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'redesignation_is_voted';
    END IF;
END $$;

-- One trigger and one condition for 4 to 7; it fires when the statement ends, so the entries are there.
CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('asar.booking', true) = 'ledger_post' AND NEW.kind <> ALL ('{reversal,exchange,redesignation}') THEN
        RETURN NULL;
    END IF;
    IF NEW.kind = 'reversal' THEN
        PERFORM public.ledger_check_reversal(NEW);
    ELSIF NEW.kind = 'exchange' THEN
        PERFORM public.ledger_check_exchange(NEW);
    ELSIF NEW.kind = 'redesignation' THEN
        PERFORM public.ledger_check_redesignation(NEW);
    END IF;
    IF current_setting('asar.booking', true) IS DISTINCT FROM 'ledger_post' THEN
        PERFORM public.ledger_check_following(NEW);
    END IF;
    RETURN NULL;
END $$;
-- Without WHEN: PostgreSQL reads such a condition anew for every posting, which costs four times what asking here costs.
CREATE TRIGGER transaction_follows AFTER INSERT ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction();

-- An entry is named by its transaction and line; its id only orders the lines of an account, and has the index of these.
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_pkey;

-- 8. What is reversed is reversed once. Only reversals stand in this index: the others pay nothing for it.
ALTER TABLE ledger_transaction DROP CONSTRAINT ledger_transaction_reverses_id_key;
CREATE UNIQUE INDEX ledger_transaction_reverses_id_key ON ledger_transaction (reverses_id) WHERE reverses_id IS NOT NULL;
