-- +goose Up
-- Nobody asks for targets by their set, and every mark, plan and report wrote it here, too.
DROP INDEX target_set;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
