-- What PostgreSQL itself holds true about spending, whoever writes. Loaded by the first migration of this room.

-- 1. Nobody approves their own request.
CREATE FUNCTION spending_check_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM spending_request r WHERE r.id = NEW.request_id AND r.submitted_by_id = NEW.approver_id) THEN
        RAISE EXCEPTION 'spending: the submitter cannot approve request %', NEW.request_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_by_another_person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_by_another_person BEFORE INSERT ON spending_approval
    FOR EACH ROW EXECUTE FUNCTION spending_check_approval();

-- 2. The ledger books no payment whose request lacks approvals, is refused, or names another sum or project.
CREATE FUNCTION spending_check_payment() RETURNS trigger LANGUAGE plpgsql AS $$
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
       OR EXISTS (SELECT 1 FROM spending_approval WHERE request_id = wanted.id AND verdict = 'refuse') THEN
        RAISE EXCEPTION 'spending: request % has % of % approvals', wanted.id, given, wanted.approvals_required
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_needs_approvals';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_needs_approvals BEFORE INSERT ON ledger_transaction
    FOR EACH ROW WHEN (NEW.kind = 'payment') EXECUTE FUNCTION spending_check_payment();

-- 3. A payment's entries spend exactly the request's sum from the request's project. Checked when all entries stand.
CREATE FUNCTION spending_check_amount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM spending_request r
          JOIN ledger_entry e ON e.transaction_id = NEW.id
          JOIN ledger_account a ON a.id = e.account_id AND a.code = 'spending' AND a.earmark_id = r.project_id
         WHERE r.id = NEW.subject_id AND e.currency = r.currency
         GROUP BY r.id, r.amount_minor HAVING sum(e.amount_minor) = r.amount_minor
    ) THEN
        RAISE EXCEPTION 'spending: payment % is not the sum of its request', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_the_requested_sum';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_is_the_requested_sum AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'payment') EXECUTE FUNCTION spending_check_amount();

-- 4. What was asked for never changes once it is filed; only the state moves.
CREATE FUNCTION spending_check_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.project_id, NEW.purpose, NEW.payee_name, NEW.payee_bin, NEW.amount_minor, NEW.currency,
        NEW.document_sha256, NEW.approvals_required, NEW.submitted_by_id)
       IS DISTINCT FROM
       (OLD.project_id, OLD.purpose, OLD.payee_name, OLD.payee_bin, OLD.amount_minor, OLD.currency,
        OLD.document_sha256, OLD.approvals_required, OLD.submitted_by_id) THEN
        RAISE EXCEPTION 'spending: request % is filed; file a new one instead', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'request_is_filed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_is_filed BEFORE UPDATE ON spending_request
    FOR EACH ROW EXECUTE FUNCTION spending_check_request();
