-- What a diarizer made of the positions of its sliding window, a block of them at a time: see chunk_workers/speakers/slides.py.

CREATE TABLE slides (
  org_id uuid NOT NULL,
  session_id uuid NOT NULL,
  place integer NOT NULL,                       -- of the block on the session's grid
  id uuid NOT NULL,                             -- made of the block's place and of the audio in it
  maker text NOT NULL,                          -- the model; those of different ones do not fit together
  body bytea NOT NULL,                          -- sealed
  PRIMARY KEY (session_id, place),
  FOREIGN KEY (org_id, session_id) REFERENCES sessions (org_id, id) ON DELETE CASCADE
);
ALTER TABLE slides ENABLE ROW LEVEL SECURITY;
ALTER TABLE slides FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation ON slides USING (org_id = current_organisation());
GRANT SELECT, INSERT, UPDATE, DELETE ON slides TO hearken_app;

ALTER TABLE workers ADD COLUMN diarizer text NOT NULL DEFAULT '';
