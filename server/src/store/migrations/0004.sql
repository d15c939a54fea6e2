-- Since when it is not clear whether Webex has made the conversation's room.
ALTER TABLE conversation ADD COLUMN making_since INTEGER;
