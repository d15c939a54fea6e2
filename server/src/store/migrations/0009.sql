-- How each connection's service app is heard, and why: for `guest-portal check`, which is another process.
CREATE TABLE feed (
    connection_id TEXT PRIMARY KEY,
    way TEXT NOT NULL,
    since INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What Webex tells is only a reason to look: telling it twice does nothing.
DROP TABLE webhook_in;
