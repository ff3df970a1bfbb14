-- Secrets of authenticators are sealed from now on, with keys that no table holds: a copy of the database computes no codes.
-- What was stored unsealed before cannot be sealed here, where no key is. No version that was released stored any; in a database
-- of development the secret is dropped, and its owner sets the authenticator up again.
update accounts set totp_secret = null, totp_since = null where totp_secret is not null;
comment on column accounts.totp_secret is 'Sealed: a byte for its form, eight for its key''s id, 32 of salt, then the secret and its tag.';
