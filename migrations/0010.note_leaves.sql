-- Whether what writes a worker's notes is outside the installation; what compares meanings, and whether that is.
ALTER TABLE workers
  ADD COLUMN note_leaves boolean NOT NULL DEFAULT false,
  ADD COLUMN embedder text NOT NULL DEFAULT '',
  ADD COLUMN embedder_leaves boolean NOT NULL DEFAULT false;
