-- Voices that are known by name: a clinician's own, who enrolled it; a patient's other sessions tell the rest.

CREATE TABLE enrolled_voices (
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  maker text NOT NULL,                          -- the model; voices of different ones do not compare
  enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),  -- and when the user consented: each enrolment says so
  body bytea NOT NULL,                          -- sealed under the organisation's key: name and voiceprint
  PRIMARY KEY (org_id, user_id),
  FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
ALTER TABLE enrolled_voices ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolled_voices FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation ON enrolled_voices USING (org_id = current_organisation());
GRANT SELECT, INSERT, UPDATE, DELETE ON enrolled_voices TO hearken_app;

ALTER TABLE speakers ADD COLUMN recognised boolean NOT NULL DEFAULT false;  -- the name is from a known voice, not from a person
