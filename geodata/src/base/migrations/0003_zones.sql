-- Zones, pins and bans of cartographers, and learnt spots. Coordinates are degrees times 10,000,000.

-- Which version of a zone is in force: the last line of its journal, for queries.
CREATE TABLE zones (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX zones_by_state ON zones (state, id);

-- What was drawn, never changed.
CREATE TABLE zone_versions (
    zone BIGINT NOT NULL REFERENCES zones (id),
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    names TEXT NOT NULL,
    -- Polygons of rings of corners: [[[[lon, lat], …], …], …].
    polygons TEXT NOT NULL,
    points TEXT NOT NULL,
    hours TEXT,
    capacity BIGINT,
    author BIGINT NOT NULL REFERENCES tokens (id),
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (zone, version)
);

-- Single points that cartographers recommend or forbid.
CREATE TABLE pins (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- Whose pickup point it is: a place, or a point; neither for everybody who asks nearby.
    place TEXT,
    asked_lon_e7 BIGINT,
    asked_lat_e7 BIGINT,
    lon_e7 BIGINT NOT NULL,
    lat_e7 BIGINT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    author BIGINT NOT NULL REFERENCES tokens (id),
    at_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX pins_by_state ON pins (state, id);
CREATE INDEX pins_by_place ON pins (place, id);

-- Where riders of a place were picked up.
CREATE TABLE spots (
    id BIGINT PRIMARY KEY,
    place TEXT NOT NULL,
    lon_e7 BIGINT NOT NULL,
    lat_e7 BIGINT NOT NULL,
    riders BIGINT NOT NULL,
    pickups BIGINT NOT NULL,
    -- Of the place's pickups, in thousandths.
    share BIGINT NOT NULL,
    newest_ms BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX spots_by_state ON spots (state, id);
CREATE INDEX spots_by_place ON spots (place, id);
