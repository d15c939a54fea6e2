-- What a guest said the chat is about, until staff have been told.
ALTER TABLE guest ADD COLUMN topic TEXT;
