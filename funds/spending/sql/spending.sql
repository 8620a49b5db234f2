-- What PostgreSQL itself holds true about spending, whoever writes. Loaded by the first migration of this room.

-- 1. Nobody approves their own request.
CREATE FUNCTION spending_check_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM spending_request r WHERE r.id = NEW.request_id AND r.submitted_by_id = NEW.approver_id) THEN
        RAISE EXCEPTION 'spending: the submitter cannot approve request %', NEW.request_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_by_another_person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_by_another_person BEFORE INSERT ON spending_approval
    FOR EACH ROW EXECUTE FUNCTION spending_check_approval();

-- 2. The ledger books no payment whose request lacks approvals, is refused or withdrawn, or names another sum or project, and none
--    that would have been made before the last approval (days of Kazakhstan, UTC+5, as common.clock counts them).
CREATE FUNCTION spending_check_payment() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wanted spending_request%ROWTYPE;
    given integer;
BEGIN
    SELECT * INTO wanted FROM spending_request WHERE id = NEW.subject_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'spending: payment % belongs to no request', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_needs_approvals';
    END IF;
    SELECT count(*) INTO given FROM spending_approval WHERE request_id = wanted.id AND verdict = 'approve';
    IF given < wanted.approvals_required
       OR EXISTS (SELECT 1 FROM spending_approval WHERE request_id = wanted.id AND verdict = 'refuse')
       OR EXISTS (SELECT 1 FROM spending_withdrawal WHERE request_id = wanted.id) THEN
        RAISE EXCEPTION 'spending: request % has % of % approvals', wanted.id, given, wanted.approvals_required
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_needs_approvals';
    END IF;
    IF NEW.effective_date < (SELECT max((decided_at AT TIME ZONE INTERVAL '+05:00')::date)
                               FROM spending_approval WHERE request_id = wanted.id AND verdict = 'approve') THEN
        RAISE EXCEPTION 'spending: payment % lies before the approvals of request %', NEW.id, wanted.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_after_approvals';
    END IF;
    -- Approvals are for one payment, under whatever key the second would come; one that was reversed never happened.
    IF EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.kind = 'payment' AND t.subject_id = wanted.id
                  AND NOT EXISTS (SELECT 1 FROM ledger_transaction r WHERE r.reverses_id = t.id)) THEN
        RAISE EXCEPTION 'spending: request % is paid already', wanted.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'request_paid_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_needs_approvals BEFORE INSERT ON ledger_transaction
    FOR EACH ROW WHEN (NEW.kind = 'payment') EXECUTE FUNCTION spending_check_payment();

-- 3. A payment's entries spend exactly the request's sum, in its currency, from its project and from no other. (A
--    transaction stands with its entries from its first moment: the ledger's own rules see to that.)
CREATE FUNCTION spending_check_amount() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT sum(e.amount_minor) FILTER (WHERE a.code = 'spending') = r.amount_minor
               AND bool_and(e.currency = r.currency
                            AND (a.code <> 'spending' OR a.earmark_id IS NOT DISTINCT FROM r.project_id))
          FROM spending_request r, ledger_entry e JOIN ledger_account a ON a.id = e.account_id
         WHERE r.id = NEW.subject_id AND e.transaction_id = NEW.id GROUP BY r.id)
       IS NOT TRUE THEN
        RAISE EXCEPTION 'spending: payment % is not the sum of its request', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_the_requested_sum';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_is_the_requested_sum AFTER INSERT ON ledger_transaction
    FOR EACH ROW WHEN (NEW.kind = 'payment') EXECUTE FUNCTION spending_check_amount();

-- 4. What was asked for never changes once it is filed, nor does it vanish; only the state moves.
CREATE FUNCTION spending_check_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state' THEN
        RAISE EXCEPTION 'spending: request % is filed; file a new one instead', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'request_is_filed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_is_filed BEFORE UPDATE OR DELETE ON spending_request
    FOR EACH ROW EXECUTE FUNCTION spending_check_request();

-- 5. What is paid is withdrawn by nobody. (Whoever pays and whoever withdraws take turns on the request's row.)
CREATE FUNCTION spending_check_withdrawal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_transaction t WHERE t.kind = 'payment' AND t.subject_id = NEW.request_id
                  AND NOT EXISTS (SELECT 1 FROM ledger_transaction r WHERE r.reverses_id = t.id)) THEN
        RAISE EXCEPTION 'spending: request % is paid', NEW.request_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_before_payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER withdrawal_before_payment BEFORE INSERT ON spending_withdrawal
    FOR EACH ROW EXECUTE FUNCTION spending_check_withdrawal();

-- 6. A payment stays as it was recorded; its proof is written once, and then it stays too.
CREATE FUNCTION spending_check_record() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    proof constant text[] := ARRAY['proof_document', 'proof_document_type', 'proof_document_sha256', 'proof_photo',
                                   'proof_note', 'published_at', 'published_by_id'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.published_at IS NOT NULL
       OR to_jsonb(NEW) - proof IS DISTINCT FROM to_jsonb(OLD) - proof THEN
        RAISE EXCEPTION 'spending: payment % is recorded and stays as it is', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_is_recorded';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_is_recorded BEFORE UPDATE OR DELETE ON spending_payment
    FOR EACH ROW EXECUTE FUNCTION spending_check_record();
