-- What PostgreSQL itself holds true about gifts, whoever writes. Loaded by the first migration of this room.

-- A received gift stays as it was booked: its sum, its aim and its line of the ledger never change, and it never vanishes.
CREATE FUNCTION donations_check_gift() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.fund_id, NEW.project_id, NEW.need_id, NEW.amount_minor, NEW.currency, NEW.succeeded_at, NEW.state, NEW.method)
          IS DISTINCT FROM
          (OLD.fund_id, OLD.project_id, OLD.need_id, OLD.amount_minor, OLD.currency, OLD.succeeded_at, OLD.state, OLD.method)
       -- A gift without a public name waits for others; its line of the ledger is then named once.
       OR (OLD.transaction_id IS NOT NULL AND NEW.transaction_id IS DISTINCT FROM OLD.transaction_id)
       OR (OLD.batch_id IS NOT NULL AND NEW.batch_id IS DISTINCT FROM OLD.batch_id) THEN
        RAISE EXCEPTION 'donations: gift % is received and stays as it is', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'gift_is_received';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gift_is_received BEFORE UPDATE OR DELETE ON donations_gift
    FOR EACH ROW WHEN (OLD.state = 'succeeded') EXECUTE FUNCTION donations_check_gift();
