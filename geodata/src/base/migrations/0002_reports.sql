-- Reports of missing addresses, and the cases they form. Coordinates are degrees times 10,000,000.

CREATE TABLE cases (
    id BIGINT PRIMARY KEY,
    state TEXT NOT NULL,
    changed BIGINT NOT NULL,
    -- Where the first of its reports points.
    lon_e7 BIGINT NOT NULL,
    lat_e7 BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    -- When it was last reported.
    reported_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    edit BIGINT REFERENCES edits (id),
    -- The place that answers it, once there is one.
    place TEXT,
    merged_into BIGINT REFERENCES cases (id)
);
CREATE INDEX cases_by_state ON cases (state, id);
CREATE INDEX cases_by_edit ON cases (edit);

CREATE TABLE reports (
    id BIGINT PRIMARY KEY,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    text TEXT NOT NULL,
    lon_e7 BIGINT NOT NULL,
    lat_e7 BIGINT NOT NULL,
    place TEXT,
    comment TEXT NOT NULL,
    photo TEXT,
    created_ms BIGINT NOT NULL,
    secret TEXT NOT NULL,
    -- With the client's key it gives the secret again, so that a repeated report is acknowledged alike.
    salt TEXT NOT NULL,
    client_key TEXT UNIQUE,
    request TEXT NOT NULL
);
CREATE INDEX reports_by_case ON reports (case_id, id);
CREATE INDEX reports_by_point ON reports (lat_e7, lon_e7);

-- Apart from the reports, so that they can be erased.
CREATE TABLE contacts (
    report BIGINT PRIMARY KEY REFERENCES reports (id),
    contact TEXT NOT NULL
);
