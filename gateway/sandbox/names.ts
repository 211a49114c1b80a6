/** Names for synthetic people: short and long, with and without accents, from the many traditions of England and Wales. */

const listed = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(', '));

export const WOMEN = listed(
  'Ffion, Siân, Gwenllian, Mair, Non, Lowri, Angharad, Eleri, Beca, Cerys, Heledd, Tegwen, Mair-Elin, Zoë, Chloé, Renée, Mary-Ann',
  'Lily-Rose, Tamsin, Morwenna, Demelza, Harriet, Maud, Philippa, Rosalind, Edith, Winifred, Jo, Aoife, Niamh, Ailsa, Temperance',
  'Oluwaseyi, Adaeze, Ngozi, Amara, Harpreet, Simran, Priyanka, Ishani, Aisha, Khadija, Zaynab, Noor, Mehwish, Zofia, Małgorzata',
  'Ioana, Beatriz, Thuy, Mei-Ling, Xiu, Shanice, Keisha, Ayşe, Tahmina, Yael, Rut, Anneliese',
);

export const MEN = listed(
  'Idris, Rhodri, Gethin, Llŷr, Siôn, Iolo, Emyr, Macsen, Dafydd, Owain, Ynyr, Ieuan, Jory, Piran, Denzil, Jean-Luc, André, Björn',
  'Barnaby, Cuthbert, Edmund, Hugh, Leopold, Ned, Percival, Roland, Walter, Al, Ciarán, Eoin, Fergus, Tobi, Chukwuemeka, Kwame',
  'Babatunde, Gurdeep, Jaswinder, Arjun, Rohan, Hamza, Imran, Yusuf, Bilal, Kazimierz, Łukasz, Ionuț, Tiago, Duc, Wei, Delroy',
  'Leroy, Emre, Rafiq, Ezra, Nathaniel, Otto',
);

/** For people whose gender is not specified. */
export const ANYONE = listed('Alex, Charlie, Ellis, Frankie, Morgan, Quinn, Rowan, Sam, Emlyn, Kit');

export const FAMILIES = listed(
  'Wrenfield, Kettlewick, Thornabey, Hollinrake, Marlstead, Oxenbold, Pennythorpe, Saltersby, Tarrowgate, Umberleigh, Vellacombe',
  'Winterslade, Yarrowby, Ashenhope, Brindlecote, Coldwaltham, Dunnockshaw, Emberstow, Fernihough, Gorsedale, Hazelrigg, Ibberson',
  'Larkington, Mossgrove, Netherclift, Otterspool, Quarmley, Ravenscar, Skelderdale, Fox, Ivey, Orr, Ng, Li, Eze',
  "O'Hanrahan, O'Dowdall, D'Arblay, D'Souza-Pinto, M'Bengue, St. Aubyn, de Valmont, van den Hoek, ap Rhisiart, ab Iorwerth",
  'Penhaligan, Tregarrow, Trevanyon, Nancarrick, Cadwallon, Eurfyl, Gwynfryn, Llywarch, Nanteos, Prydderch, Tudwal, Wynnstay, Ynyr',
  'Lloyd-Tegid, Fitzroy-Hale, Müller, Núñez, Świderski, Wójcicki, Brânză, Hálldorsen, Çelebi, Nguyễn, Okonjo-Bright, Adeyinka',
  'Chukwudi, Mensah-Boye, Dhaliwal, Sandhanwalia, Chatterjee-Roy, Vaidyanathan, Qureshani, Rahmanzai, Mirzada, Siddiquee',
);

export const COMPANIES = listed(
  'Marlstead Haulage Limited, Tarrow & Daughters Ltd, Bwyd Da Pontyfedwen Cyf, Saltmouth Freight (Northmarch) Limited',
  "O'Dowdall Scaffolding Ltd, Ysgaw Quarries plc, Netherclift Foods Limited, Penhaligan Logistics LLP",
);

export const SHOPS = listed(
  "Fedwen Stores, Marl & Sons, Quayside Supplies, Siop y Bont, The Corner Pantry, Tarrow's Chemist, Halfpenny Market",
);

export const OCCUPATIONS = listed(
  'Boat builder, Bus driver, Care assistant, Chef, Electrician, Farm worker, Hairdresser, Lorry driver, Nurse, Plasterer, Retired',
  'Shop assistant, Software tester, Student, Teacher, Unemployed, Warehouse operative',
);

/** Ranks of officers. The most common one is listed twice. */
export const RANKS = listed('Constable, Constable, Detective Constable, Sergeant, Detective Sergeant');
