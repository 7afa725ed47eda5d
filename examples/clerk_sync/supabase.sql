-- For the Supabase project that `clerk_sync` writes to: run it once in the SQL editor.
--
-- PostgREST's own upsert overwrites whatever is there. These functions do not overwrite what is newer, or deleted; each
-- answers whether it has changed anything.

create table if not exists public.users (
    id              text primary key,
    external_id     text,
    email           text,
    username        text,
    first_name      text,
    last_name       text,
    image_url       text,
    created_at      bigint, -- milliseconds since 1970, as all times here
    updated_at      bigint not null, -- 0: only sign-ins are known of this user yet
    last_sign_in_at bigint,
    deleted_at      bigint -- not null: a tombstone
);

create table if not exists public.sessions (
    id         text primary key,
    user_id    text not null, -- no foreign key: a session may arrive before its user
    status     text not null,
    created_at bigint not null,
    updated_at bigint not null,
    expire_at  bigint
);

-- Nobody but the service role, until you write policies.
alter table public.users enable row level security;
alter table public.sessions enable row level security;

create or replace function public.clerk_save_user(profile jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
    insert into public.users as known
    select * from jsonb_populate_record(null::public.users, profile)
    on conflict (id) do update set
        external_id = excluded.external_id, email = excluded.email, username = excluded.username,
        first_name = excluded.first_name, last_name = excluded.last_name, image_url = excluded.image_url,
        created_at = excluded.created_at, updated_at = excluded.updated_at,
        last_sign_in_at = greatest(known.last_sign_in_at, excluded.last_sign_in_at)
    where known.deleted_at is null and excluded.updated_at >= known.updated_at;
    return found;
end $$;

create or replace function public.clerk_delete_user(user_id text, at bigint) returns boolean
language plpgsql set search_path = '' as $$
begin
    insert into public.users as known (id, updated_at, deleted_at) values (user_id, 0, at)
    on conflict (id) do update set
        external_id = null, email = null, username = null, first_name = null, last_name = null, image_url = null,
        deleted_at = excluded.deleted_at
    where known.deleted_at is null;
    return found;
end $$;

create or replace function public.clerk_save_session(session jsonb) returns boolean
language plpgsql set search_path = '' as $$
declare
    changed boolean;
begin
    insert into public.sessions as known
    select * from jsonb_populate_record(null::public.sessions, session)
    on conflict (id) do update set
        status = excluded.status, updated_at = excluded.updated_at, expire_at = excluded.expire_at
    where excluded.updated_at >= known.updated_at;
    changed := found;
    insert into public.users as known (id, updated_at, last_sign_in_at)
    values (session ->> 'user_id', 0, (session ->> 'created_at')::bigint)
    on conflict (id) do update set last_sign_in_at = excluded.last_sign_in_at
    where known.deleted_at is null and excluded.last_sign_in_at > coalesce(known.last_sign_in_at, 0);
    return changed;
end $$;

grant select, insert, update on public.users, public.sessions to service_role;

-- By default anyone who has the project's public key may call a function.
revoke execute on function public.clerk_save_user, public.clerk_delete_user, public.clerk_save_session
    from public, anon, authenticated;
grant execute on function public.clerk_save_user, public.clerk_delete_user, public.clerk_save_session to service_role;
