-- Four eyes on a correction, whoever writes. That the two are two people is a CHECK (correction_by_another_person); here is
-- what they agree on: what was asked for stays as it was asked, is answered once, and what is booked is what was asked for.
CREATE FUNCTION ledger_check_correction() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    answer constant text[] := ARRAY['answered_by_id', 'answered_at', 'answer', 'booked_id'];
    stays boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.answered_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'ledger: correction % is asked for first and answered later', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_is_asked_first';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        stays := OLD.answered_by_id IS NULL AND to_jsonb(NEW) - answer IS NOT DISTINCT FROM to_jsonb(OLD) - answer;
    END IF;
    IF NOT stays THEN
        RAISE EXCEPTION 'ledger: a correction stays as it was asked for, and is answered once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'correction_stays';
    END IF;
    IF NEW.booked_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ledger_transaction t
         WHERE t.id = NEW.booked_id AND t.fund_id = NEW.fund_id AND t.kind = NEW.kind
           AND t.key = 'correction:' || NEW.id AND t.reverses_id IS NOT DISTINCT FROM NEW.reverses_id) THEN
        RAISE EXCEPTION 'ledger: correction % is not what was booked', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_is_booked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER correction_stays BEFORE INSERT OR UPDATE OR DELETE ON ledger_correction
    FOR EACH ROW EXECUTE FUNCTION ledger_check_correction();
CREATE TRIGGER correction_is_kept BEFORE TRUNCATE ON ledger_correction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_correction();

-- And whoever books a reversal, by whatever way, has the word of two people for it when the transaction is committed: what
-- stands here is a correction that was answered. The trigger that compares a reversal with what it undoes writes it, so
-- that other postings pay nothing for it; a rehearsal is taken back before anybody asks.
CREATE TABLE ledger_confirmation (
    transaction_id uuid PRIMARY KEY,
    CONSTRAINT reversal_of_two_people FOREIGN KEY (transaction_id) REFERENCES ledger_correction (booked_id)
        DEFERRABLE INITIALLY DEFERRED
);
