-- Since when it is not clear whether Webex has made the conversation's room.
ALTER TABLE conversation ADD COLUMN making_since INTEGER;

-- A space that was made twice is known by the code that ends its title.
CREATE INDEX conversation_by_code ON conversation (code);
