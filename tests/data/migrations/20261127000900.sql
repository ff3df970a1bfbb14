update trust_rules set repository_github_id = 4711 where id = '00000000-0000-7000-8000-000000000019';
