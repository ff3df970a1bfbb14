insert into audit_seals (number, audit_id, audit_at, row_hash, sealed_at, hash)
select 1, id, at, sha256('row'), at, sha256('seal') from audit where id = '00000000-0000-7000-8000-000000000014';
insert into audit_checkpoints (number, hash, sealed_at) select number, hash, sealed_at from audit_seals;
