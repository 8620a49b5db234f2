-- Storing an answer, and the end of a wave. Both take the wave's lock: many may store at once, the end waits for them,
-- and who comes later sees that it is over. An advisory lock and not the wave's row: on one row that everybody locks,
-- PostgreSQL writes down each time who does. So envelopes and marks have no foreign key to the wave either: they are
-- made here, of a wave that is there, and no wave is ever deleted.
CREATE FUNCTION surveys_hold_open(the_wave uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(the_wave::text, 0));
    RETURN (SELECT state FROM surveys_wave WHERE id = the_wave);  -- read anew: the lock may have been waited for
END $$;

-- What became of the answer: taken, or known where its mark came before, or the wave's state where that is not open.
-- ON CONFLICT, not an error: the server's log would write the refused statement down, with the person in it.
CREATE FUNCTION surveys_take(
    the_wave uuid, the_mark uuid, the_envelope uuid, the_bytes bytea,
    the_part uuid, the_user uuid, the_invitation uuid, has_files boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wave_state text;
BEGIN
    -- A condition, not PERFORM: an expression by itself costs a third of a statement.
    IF pg_advisory_xact_lock_shared(hashtextextended(the_wave::text, 0)) IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT state INTO wave_state FROM surveys_wave WHERE id = the_wave;
    IF wave_state IS DISTINCT FROM 'open' THEN
        RETURN wave_state;
    END IF;
    IF the_mark IS NOT NULL THEN
        INSERT INTO surveys_received (mark, wave_id) VALUES (the_mark, the_wave) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RETURN 'known';
        END IF;
    END IF;
    INSERT INTO surveys_envelope (id, wave_id, sealed) VALUES (the_envelope, the_wave, the_bytes)
    ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed;
    IF has_files THEN
        DELETE FROM surveys_envelopefile WHERE envelope = the_envelope;
    END IF;
    IF the_user IS NOT NULL OR the_invitation IS NOT NULL THEN
        INSERT INTO surveys_participation (id, wave_id, user_id, invitation_id)
        VALUES (the_part, the_wave, the_user, the_invitation) ON CONFLICT DO NOTHING;
    END IF;
    RETURN 'taken';
END $$;

-- Whoever ends a wave waits for the answers on their way, by whichever path it is done.
CREATE FUNCTION surveys_wave_never_reopens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' AND NEW.state <> 'closed' OR OLD.state = 'ended' AND NEW.state NOT IN ('ended', 'closed') THEN
        RAISE EXCEPTION 'a wave that has ended is not opened again' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'open' AND NEW.state <> 'open' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 0));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER never_reopens BEFORE UPDATE OF state ON surveys_wave
FOR EACH ROW EXECUTE FUNCTION surveys_wave_never_reopens();
