-- How it stands with GitHub, for the set-up page, the "as of" of every page and for replicas that share a budget. Written by
-- whichever process asks GitHub.
create table outside_systems (
    system          text primary key,
    breaker         text not null check (breaker in ('closed', 'half_open', 'open')),
    -- Since when it is left alone, and when the next request tries.
    open_since      timestamptz,
    next_try        timestamptz,
    last_answer_at  timestamptz,
    last_failure_at timestamptz,
    last_failure    text,
    noted_at        timestamptz not null
);

create table github_budgets (
    -- `token`, `anonymous`, `app`, or `installation:` and its number; `/graphql` behind it for that API.
    caller        text primary key,
    request_limit bigint,
    remaining     bigint,
    reset_at      timestamptz,
    paused_until  timestamptz,
    -- Since when GitHub accepts the caller's token no more.
    refused_since timestamptz,
    noted_at      timestamptz not null
);

create table github_installations (
    id               bigint primary key,
    account          text not null,
    is_organisation  boolean not null,
    permissions      jsonb not null default '{}',
    all_repositories boolean not null,
    suspended_at     timestamptz,
    -- It was uninstalled; its rows stay.
    removed_at       timestamptz,
    html_url         text not null,
    checked_at       timestamptz not null
);

-- The last live check of each right that Fairway needs.
create table github_checks (
    permission text primary key,
    outcome    text not null check (outcome in ('granted', 'missing', 'unknown')),
    -- What GitHub answered, where it is not granted.
    detail     text,
    checked_at timestamptz not null
);
