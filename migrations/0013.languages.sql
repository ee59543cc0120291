-- What a worker's recogniser can hear, as primary language subtags; NULL where it has not said so.
ALTER TABLE workers ADD COLUMN languages text[];
