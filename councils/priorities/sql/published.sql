-- A published list is whole when it is published: what is to stand on it is written by the transaction that writes the
-- list, and nobody slips a need into an old one, whoever asks. A row that this transaction wrote, and nobody else can
-- see, is of a transaction in progress; one of long ago is of none that is still known.
CREATE FUNCTION priorities_list_is_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    this bigint := pg_current_xact_id()::text::bigint;
    wrote bigint;
BEGIN
    SELECT xmin::text::bigint INTO wrote FROM priorities_prioritylist WHERE id = NEW.list_id;
    wrote := wrote + (this >> 32 << 32);  -- a row knows the lower half of its transaction's number
    IF pg_xact_status((CASE WHEN wrote > this + 2147483647 THEN wrote - 4294967296 ELSE wrote END)::text::xid8)
        IS DISTINCT FROM 'in progress' THEN
        RAISE EXCEPTION 'the list % is published and stays as it is', NEW.list_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'priority_list_is_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER list_is_whole AFTER INSERT ON priorities_priority
FOR EACH ROW EXECUTE FUNCTION priorities_list_is_whole();
