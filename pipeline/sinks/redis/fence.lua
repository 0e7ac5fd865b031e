-- The fence, put before each of the other scripts. A version reads
--   incarnation:partition:offset,offset,offset:evaluation time in microseconds
-- and is opaque to readers. Everything is compared as decimal text, which is exact at any size.

local AHEAD = 5000000 -- microseconds by which an evaluation time may be ahead of this server

local function compare(a, b)
  local a_negative, b_negative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if a_negative ~= b_negative then return a_negative and -1 or 1 end
  local sign = a_negative and -1 or 1
  if #a ~= #b then return #a < #b and -sign or sign end
  if a == b then return 0 end
  return a < b and -sign or sign
end

local function parse(version)
  if not version then return nil end
  local incarnation, partition, mentions, tickets, activity, at =
    version:match('^(%d+):(%d+):(%-?%d+),(%-?%d+),(%-?%d+):(%-?%d+)$')
  -- A version of unknown form fences nothing: there is nothing to compare with.
  if not incarnation then return nil end
  return {
    incarnation = incarnation, partition = partition,
    offsets = {mentions, tickets, activity}, at = at,
  }
end

-- The latest evaluation time that counts, so that a clock that runs ahead blocks nobody for long.
local function latest()
  local now = redis.call('TIME')
  return string.format('%.0f', tonumber(now[1]) * 1000000 + tonumber(now[2]) + AHEAD)
end

local function clamp(at, limit)
  return compare(at, limit) > 0 and limit or at
end

-- 1 where new is ahead of old in (incarnation, offsets), 0 where equal, -1 where anything went back.
local function progress(old, new)
  local order = compare(new.incarnation, old.incarnation)
  if order ~= 0 then return order end
  for i = 1, 3 do
    local step = compare(new.offsets[i], old.offsets[i])
    if step < 0 then return -1 end
    if step > 0 then order = 1 end
  end
  return order
end

-- Commands with many values, in pieces that fit Lua's stack.
local function each(command, key, values)
  for first = 1, #values, 500 do
    redis.call(command, key, unpack(values, first, math.min(first + 499, #values)))
  end
end

local function as_table(pairs_list)
  local result = {}
  for i = 1, #pairs_list, 2 do result[pairs_list[i]] = pairs_list[i + 1] end
  return result
end
