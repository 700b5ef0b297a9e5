-- +goose Up
-- The file of a stack is forgotten when its pages have been read; one whose pages could not all be taken out as pictures when somebody
-- has looked at those. Until now it was kept for two weeks and longer, though nobody could get at it.
UPDATE stack SET file_sealed = NULL WHERE read_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM stack_page p WHERE p.stack_id = stack.id AND p.state = 'review' AND p.picture_sealed IS NULL);
DROP INDEX stack_file;
CREATE INDEX stack_page_aside ON stack_page(stack_id) WHERE state = 'aside';
-- How often the server ended while it was reading.
ALTER TABLE stack ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
