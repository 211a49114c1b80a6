/** Where the standards are published: each `$id` begins with it. */
export const STANDARDS_ADDRESS = 'https://justice-interchange.example/standards/';
