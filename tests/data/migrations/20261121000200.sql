update deploys set release_tag = 'v2.30.4', may_fix = id where version is null;
