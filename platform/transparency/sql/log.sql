-- What PostgreSQL itself holds true about the public log, whoever writes. Loaded by the first migration of this room.

ALTER TABLE transparency_head SET (fillfactor = 50);
ALTER TABLE transparency_opening ADD CONSTRAINT log_opening_key CHECK (octet_length(key) = 32);
ALTER TABLE transparency_tile ADD CONSTRAINT log_tile_whole
    CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192
           AND level BETWEEN 0 AND 63 AND index >= 0);
ALTER TABLE transparency_checkpoint ADD CONSTRAINT log_checkpoint_whole CHECK (octet_length(root) = 32 AND size > 0);
ALTER TABLE transparency_witnessed ADD CONSTRAINT log_witnessed_whole CHECK (octet_length(root) = 32 AND size >= 0);

-- The specification gives an entry's length two bytes. Asked by the functions that append: a constraint on the table would
-- be prepared anew for every posting, whose bytes are few by the number of its lines.
CREATE FUNCTION transparency_fits(body bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (octet_length(body) BETWEEN 2 AND 65535) IS NOT TRUE THEN
        RAISE EXCEPTION 'log: an entry has 2 to 65535 bytes (log_entry_length)'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_entry_length';
    END IF;
    RETURN body;
END $$;

-- The number of a town's log; opens the log when this is its first entry.
CREATE FUNCTION transparency_open(town text, moment timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    found_id integer;
BEGIN
    SELECT l.id INTO found_id FROM transparency_log l WHERE l.slug = town;
    IF found_id IS NULL THEN
        INSERT INTO transparency_log (slug, opened_at) VALUES (town, moment) ON CONFLICT (slug) DO NOTHING;
        SELECT l.id INTO found_id FROM transparency_log l WHERE l.slug = town;
        INSERT INTO transparency_head (log_id, size) VALUES (found_id, 0) ON CONFLICT (log_id) DO NOTHING;
    END IF;
    RETURN found_id;
END $$;

-- Canonical JSON (RFC 8785) of what was said; names of ours are ASCII, numbers whole.
CREATE FUNCTION transparency_canonical(said jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    CASE jsonb_typeof(said)
        WHEN 'object' THEN
            RETURN (SELECT '{' || coalesce(string_agg(to_json(e.key)::text || ':' || transparency_canonical(e.value), ','
                                                      ORDER BY e.key COLLATE "C"), '') || '}' FROM jsonb_each(said) e);
        WHEN 'array' THEN
            RETURN (SELECT '[' || coalesce(string_agg(transparency_canonical(e.value), ',' ORDER BY e.place), '') || ']'
                      FROM jsonb_array_elements(said) WITH ORDINALITY AS e(value, place));
        WHEN 'string' THEN
            RETURN to_json(said #>> '{}')::text;
        WHEN 'number' THEN
            IF said::text !~ '^(0|-?[1-9][0-9]{0,15})$' THEN
                RAISE EXCEPTION 'log: % is no whole number below 2^53', left(said::text, 40)
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'log_entry_canonical';
            END IF;
            RETURN said::text;
        ELSE
            RETURN said::text;
    END CASE;
END $$;

-- A moment's day in Kazakhstan (UTC+5).
CREATE FUNCTION transparency_day(moment timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (moment AT TIME ZONE INTERVAL '5 hours')::date
$$;

-- The one way in for everything but money. Returns the entry's index. From here to its commit the caller holds the
-- town's turn: indexes are gap-free and follow the order of commits. Money is written by the ledger's own functions.
CREATE FUNCTION transparency_append(town text, what text, about uuid, booked timestamptz, content bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    town_log integer;
    place bigint;
    said jsonb;
BEGIN
    IF what NOT IN ('decision', 'minutes', 'publication', 'approval', 'erasure', 'heartbeat', 'succession') THEN
        RAISE EXCEPTION 'log: only the ledger writes entries of kind %', what USING ERRCODE = 'insufficient_privilege';
    END IF;
    said := convert_from(content, 'UTF8')::jsonb;
    IF (booked < clock_timestamp() + interval '366 days') IS NOT TRUE
       OR convert_to(transparency_canonical(said), 'UTF8') <> content THEN
        RAISE EXCEPTION 'log: the entry is not canonical JSON, or lies far in the future'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_entry_canonical';
    END IF;
    IF said->>'type' IS DISTINCT FROM what OR said->'v' IS DISTINCT FROM '1'::jsonb
       OR said->>'at' IS DISTINCT FROM to_char(booked AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') THEN
        RAISE EXCEPTION 'log: the entry says another kind, moment or version than the row'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_entry_says_the_same';
    END IF;
    town_log := transparency_open(town, booked);
    UPDATE transparency_head h SET size = h.size + 1 WHERE h.log_id = town_log RETURNING h.size - 1 INTO place;
    INSERT INTO transparency_entry (log_id, index, kind, booked_at, body)
    VALUES (town_log, place, what, booked, transparency_fits(content));
    IF about IS NOT NULL OR what = 'heartbeat' THEN
        INSERT INTO transparency_topic (log_id, index, kind, ref, day)
        VALUES (town_log, place, what, about, CASE WHEN what = 'heartbeat' THEN transparency_day(booked) END);
    END IF;
    RETURN place;
END $$;

-- Whoever writes a topic: it is that of an entry which is there, of the same kind, and says a day for a sign of life alone.
-- Asked here and not by a foreign key, which would put triggers on the entries' table: every posting would pay for them.
CREATE FUNCTION transparency_topic_is_of_its_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM transparency_entry e
         WHERE e.log_id = NEW.log_id AND e.index = NEW.index AND e.kind = NEW.kind
           AND NEW.day IS NOT DISTINCT FROM CASE WHEN e.kind = 'heartbeat' THEN transparency_day(e.booked_at) END) THEN
        RAISE EXCEPTION 'log: there is no such entry that this could be about'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_topic_of_its_entry';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER topic_is_of_its_entry BEFORE INSERT ON transparency_topic
    FOR EACH ROW EXECUTE FUNCTION transparency_topic_is_of_its_entry();

-- One sign of life a day (in Kazakhstan, UTC+5) and log. NULL when today's is there.
CREATE FUNCTION transparency_heartbeat(town text, booked timestamptz, content bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    town_log integer := (SELECT l.id FROM transparency_log l WHERE l.slug = town);
BEGIN
    PERFORM 1 FROM transparency_head h WHERE h.log_id = town_log FOR UPDATE;
    IF NOT FOUND OR EXISTS (
        SELECT 1 FROM transparency_topic t WHERE t.log_id = town_log AND t.day = transparency_day(booked)
    ) THEN
        RETURN NULL;
    END IF;
    RETURN transparency_append(town, 'heartbeat', NULL, booked, content);
END $$;

-- Keeps what stands behind a commitment of an entry. A value that was erased does not come back.
CREATE FUNCTION transparency_keep(town text, place bigint, part text, secret bytea, said text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    town_log integer := (SELECT l.id FROM transparency_log l WHERE l.slug = town);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM transparency_entry e WHERE e.log_id = town_log AND e.index = place) THEN
        RAISE EXCEPTION 'log: % has no entry %', town, place USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO transparency_opening (log_id, index, field, key, value) VALUES (town_log, place, part, secret, said);
END $$;

-- Erases what stands behind one commitment and says so in the log. NULL when there was nothing to erase.
CREATE FUNCTION transparency_erase(town text, place bigint, part text, booked timestamptz, content bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb := convert_from(content, 'UTF8')::jsonb;
BEGIN
    IF said->'index' IS DISTINCT FROM to_jsonb(place) OR said->>'field' IS DISTINCT FROM part THEN
        RAISE EXCEPTION 'log: the erasure names another field than it erases' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM transparency_opening o USING transparency_log l
     WHERE l.slug = town AND o.log_id = l.id AND o.index = place AND o.field = part;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN transparency_append(town, 'erasure', NULL, booked, content);
END $$;

CREATE FUNCTION transparency_opening_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'log: an opening is kept or erased, never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER opening_stays BEFORE UPDATE OR TRUNCATE ON transparency_opening
    FOR EACH STATEMENT EXECUTE FUNCTION transparency_opening_stays();

-- A tile only grows, to the right: what a reader has copied stays a beginning of what is served.
CREATE FUNCTION transparency_tile_grows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR (NEW.log_id, NEW.level, NEW.index) IS DISTINCT FROM (OLD.log_id, OLD.level, OLD.index)
       OR substring(NEW.hashes FROM 1 FOR octet_length(OLD.hashes)) <> OLD.hashes THEN
        RAISE EXCEPTION 'log: a tile only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tile_grows BEFORE UPDATE OR DELETE ON transparency_tile
    FOR EACH ROW EXECUTE FUNCTION transparency_tile_grows();
CREATE TRIGGER tile_stays BEFORE TRUNCATE ON transparency_tile
    FOR EACH STATEMENT EXECUTE FUNCTION transparency_tile_grows();

-- Checkpoints of one log are written one after the other, each larger than all before, none beyond the entries.
CREATE FUNCTION transparency_checkpoint_grows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1634953586, NEW.log_id);
    IF EXISTS (SELECT 1 FROM transparency_checkpoint c WHERE c.log_id = NEW.log_id AND c.size >= NEW.size) THEN
        RAISE EXCEPTION 'log: a checkpoint of % entries or more is signed already', NEW.size
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM transparency_head h WHERE h.log_id = NEW.log_id AND h.size >= NEW.size) THEN
        RAISE EXCEPTION 'log: a checkpoint cannot cover entries that are not there' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER checkpoint_grows BEFORE INSERT ON transparency_checkpoint
    FOR EACH ROW EXECUTE FUNCTION transparency_checkpoint_grows();

-- A witness never confirms a smaller tree than before, nor another tree of the same size.
CREATE FUNCTION transparency_witnessed_grows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR (NEW.witness, NEW.origin) IS DISTINCT FROM (OLD.witness, OLD.origin) OR NEW.size < OLD.size
       OR (NEW.size = OLD.size AND NEW.root <> OLD.root) THEN
        RAISE EXCEPTION 'log: a witness never goes back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER witnessed_grows BEFORE UPDATE OR DELETE ON transparency_witnessed
    FOR EACH ROW EXECUTE FUNCTION transparency_witnessed_grows();
CREATE TRIGGER witnessed_stays BEFORE TRUNCATE ON transparency_witnessed
    FOR EACH STATEMENT EXECUTE FUNCTION transparency_witnessed_grows();

COMMENT ON TABLE transparency_log IS 'written by functions only';
COMMENT ON TABLE transparency_head IS 'written by functions only';
COMMENT ON TABLE transparency_opening IS 'written by functions only';
