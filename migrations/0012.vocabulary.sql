-- Words that are likely to be said, as they are to be written: of an organisation, of a patient, and those that a session
-- is heard with.

CREATE TABLE vocabularies (
  org_id uuid NOT NULL REFERENCES organisations (id),
  patient bytea NOT NULL,                       -- blind index of the patient's id; empty: the organisation's own words
  version integer NOT NULL CHECK (version >= 1),
  body bytea NOT NULL,                          -- sealed under the organisation's key: the words
  edited_by uuid NOT NULL,
  edited_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (org_id, patient),
  FOREIGN KEY (org_id, edited_by) REFERENCES users (org_id, id)
);

-- As they were when the session began. No row: none.
CREATE TABLE session_hotwords (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['vocabularies', 'session_hotwords'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', named);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named);
    EXECUTE format('CREATE POLICY organisation ON %I USING (org_id = current_organisation())', named);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO hearken_app', named);
  END LOOP;
END
$$;
