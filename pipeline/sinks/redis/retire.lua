-- Takes a brand that its owner no longer has out of the view; its history stays, because it cannot
-- be built anew.
-- KEYS  brand, ledger, launches, campaigns, brands:{partition}, rank, then the brand's alerts
-- ARGV  brand, partition, incarnation, three offsets, prefix
-- Replies {'retired'} | {'moved'} | {'refused', stored version}

local brand, partition, prefix = ARGV[1], ARGV[2], ARGV[7]
local incoming = {incarnation = ARGV[3], offsets = {ARGV[4], ARGV[5], ARGV[6]}}
local stored = redis.call('HGET', KEYS[1], 'version')
local previous = parse(stored)
if previous then
  -- Published from another partition by now: only this partition's list lets it go.
  if previous.partition ~= partition and compare(incoming.incarnation, previous.incarnation) <= 0 then
    redis.call('SREM', KEYS[5], brand)
    return {'moved'}
  end
  if progress(previous, incoming) < 0 then return {'refused', stored} end
end
for _, activity in ipairs({{'launch', KEYS[3]}, {'campaign', KEYS[4]}}) do
  for _, member in ipairs(redis.call('ZRANGE', activity[2], 0, -1)) do
    redis.call('DEL', prefix .. activity[1] .. ':' .. brand .. ':' .. member)
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], unpack(KEYS, 7))
redis.call('SREM', KEYS[5], brand)
redis.call('ZREM', KEYS[6], brand)
return {'retired'}
