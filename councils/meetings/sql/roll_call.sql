-- A roll call and the numbers of its decision are one truth, at commit at the latest: a decision without its votes, or a
-- vote slipped into an old decision, is refused whoever asks.
CREATE FUNCTION meetings_roll_call_adds_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    the_decision uuid := coalesce(to_jsonb(NEW) ->> 'decision_id', to_jsonb(NEW) ->> 'id');
BEGIN
    PERFORM 1
    FROM meetings_decision d
    WHERE d.id = the_decision
      AND (d.in_favour, d.against, d.abstained, d.recused, d.absent) = (
          SELECT count(*) FILTER (WHERE v.choice = 'for'),
                 count(*) FILTER (WHERE v.choice = 'against'),
                 count(*) FILTER (WHERE v.choice = 'abstain'),
                 count(*) FILTER (WHERE v.choice = 'recused'),
                 count(*) FILTER (WHERE v.choice = 'absent')
          FROM meetings_vote v
          WHERE v.decision_id = d.id
      );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the votes of decision % do not add up to its numbers', the_decision
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_roll_call_adds_up';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER roll_call_adds_up AFTER INSERT ON meetings_decision
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meetings_roll_call_adds_up();

CREATE CONSTRAINT TRIGGER roll_call_adds_up AFTER INSERT ON meetings_vote
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION meetings_roll_call_adds_up();
