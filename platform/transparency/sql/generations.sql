-- What PostgreSQL holds true about a log that was begun anew under another origin (transparency_generation).

ALTER TABLE transparency_generation ADD CONSTRAINT log_generation_whole
    CHECK (number > 1 AND octet_length(ended_root) = 32 AND kept BETWEEN 0 AND ended_size);

-- Generations follow one another. One that begins here begins with its own entry, above everything that was signed.
CREATE FUNCTION transparency_generation_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1634953586, NEW.log_id);
    IF NEW.number <> 1 + (SELECT coalesce(max(g.number), 1) FROM transparency_generation g WHERE g.log_id = NEW.log_id) THEN
        RAISE EXCEPTION 'log: generations follow one another' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.since IS NOT NULL AND (
        NOT EXISTS (SELECT 1 FROM transparency_entry e
                     WHERE e.log_id = NEW.log_id AND e.index = NEW.since AND e.kind = 'succession')
        OR EXISTS (SELECT 1 FROM transparency_checkpoint c WHERE c.log_id = NEW.log_id AND c.size > NEW.since)) THEN
        RAISE EXCEPTION 'log: a generation begins with its own entry, above what was signed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER generation_follows BEFORE INSERT ON transparency_generation
    FOR EACH ROW EXECUTE FUNCTION transparency_generation_follows();

-- A log that was ended signs nothing more: every new checkpoint covers the entry with which the newest began.
CREATE FUNCTION transparency_checkpoint_is_of_the_newest() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM transparency_generation g WHERE g.log_id = NEW.log_id AND g.since >= NEW.size) THEN
        RAISE EXCEPTION 'log: this log was ended, another goes on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER checkpoint_is_of_the_newest BEFORE INSERT ON transparency_checkpoint
    FOR EACH ROW EXECUTE FUNCTION transparency_checkpoint_is_of_the_newest();

-- Up to which size a generation of a log is served from here: what the next one kept of it, or what it signed last.
-- NULL where there is no such generation, or it has signed nothing.
CREATE FUNCTION transparency_reach(town_log integer, era integer) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(
        (SELECT n.kept FROM transparency_generation n WHERE n.log_id = town_log AND n.number = era + 1),
        (SELECT max(c.size) FROM transparency_checkpoint c WHERE c.log_id = town_log AND c.size > CASE era WHEN 1 THEN 0
             ELSE (SELECT g.since FROM transparency_generation g WHERE g.log_id = town_log AND g.number = era) END))
$$;
