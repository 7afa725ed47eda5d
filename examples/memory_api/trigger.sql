-- Reports each change of a table's rows to memory_api. For PostgreSQL 14 or newer with pg_net, as Supabase has it.
--
-- What differs from the trigger in the Hybrid Memory API's guide:
--
-- * `body` is jsonb. `net.http_post` takes no text: the guide's trigger makes every write to the table fail.
-- * A DELETE has its row and key from OLD. There is no NEW then, so the guide's trigger says `null` for both.
-- * The time is that of the change, not of the transaction. Otherwise a row that is changed forth, back and forth in one
--   transaction reports twice the same, and the second is taken for a copy of the first.
-- * It can authenticate itself.
-- * It runs with its owner's rights, and finds only what it names in full: whoever may write to the table needs no rights
--   in the schemas `net` and `vault`, and cannot put a function of their own in the place of one of these.

create or replace function public.notify_webhook() returns trigger
    language plpgsql security definer set search_path = ''
as $$
declare
    -- The trigger's arguments: where to send, and `unsigned`, `static-token` or `hmac-hex`.
    url constant text := tg_argv[0];
    variant constant text := tg_argv[1];
    secret text;
    changed jsonb;
    payload jsonb;
    signature text;
begin
    changed := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
    payload := jsonb_build_object(
        'event_type', lower(tg_op),
        'source', 'supabase',
        'table_name', tg_table_name,
        'record_id', changed -> 'id',
        'data', changed,
        'timestamp', clock_timestamp(),
        'metadata', jsonb_build_object('schema', tg_table_schema));

    if variant <> 'unsigned' then
        select decrypted_secret into secret from vault.decrypted_secrets where name = 'memory_api_webhook_secret';
        signature := case variant
            -- Over the very text that is sent: pg_net sends `body::text`. A `json` value has other spaces, and a cast
            -- of the text to bytea stumbles over backslashes.
            when 'hmac-hex' then encode(extensions.hmac(payload::text, secret, 'sha256'), 'hex')
            when 'static-token' then secret
        end;
    end if;

    perform net.http_post(
        url := url,
        body := payload,
        -- Exactly `application/json`: pg_net refuses any other. Without a secret there is no signature, and memory_api
        -- answers 401; the write to the table goes on.
        headers := jsonb_strip_nulls(jsonb_build_object(
            'Content-Type', 'application/json', 'X-Webhook-Signature', signature)));

    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end
$$;

create or replace trigger users_webhook_trigger
    after insert or update or delete on public.users
    for each row execute function
    public.notify_webhook('https://your-api.example/api/v1/webhooks/supabase', 'hmac-hex');
