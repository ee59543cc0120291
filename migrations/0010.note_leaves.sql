-- Whether what writes a worker's notes is outside the installation.
ALTER TABLE workers ADD COLUMN note_leaves boolean NOT NULL DEFAULT false;
