-- +goose Up
-- How many people came by a provider stands on its page and in the list of all eighty.
CREATE INDEX account_provider ON account(provider_id) WHERE provider_id IS NOT NULL;

-- +goose Down
-- Forward only: a world is restored from a backup, never rolled back.
SELECT 1;
